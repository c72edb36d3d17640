/** THIRD-PARTY.txt: who made what is in an archive, and under which terms, with every text in full. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compilerFor } from './compiler.js';
import { buildLibpcap } from './libpcap.js';
import { compiler, libpcap, type Platform } from './pins.js';
import { packageFolders } from './prune.js';
import { fetchPackage } from './registry.js';

export interface Part {
  readonly name: string;
  readonly version: string;
  /** SPDX expression; undefined when the package does not say. */
  readonly licence: string | undefined;
  readonly text: string;
}

const isLicence = /^(?:licen[cs]e|copying|notice)/i;

/** @throws Error naming a package that says nothing of its terms: it may not be passed on */
export async function writeLicences(platform: Platform, app: string): Promise<void> {
  const parts = [...(await foreignParts(platform)), ...(await libraryParts(join(app, 'node_modules')))];
  const silent = parts.filter((part) => part.text === '' && part.licence === undefined);
  if (silent.length > 0) throw new Error(`no licence in ${silent.map(({ name }) => name).join(', ')}`);
  const chapters = parts.map(({ name, version, licence, text }) =>
    [
      `${name} ${version}${licence === undefined ? '' : ` (${licence})`}`,
      '',
      text || 'Its package has no text besides this name.',
    ]
      .join('\n')
      .trimEnd(),
  );
  const rule = `\n\n${'='.repeat(80)}\n\n`;
  await writeFile(
    join(app, 'THIRD-PARTY.txt'),
    `Ksocket contains work of others. Each part, its version and its terms:${rule}${chapters.join(rule)}\n`,
  );
}

/** What does not come by the lockfile. */
async function foreignParts(platform: Platform): Promise<Part[]> {
  const { runtime } = platform;
  const text = await licenceOf(await fetchPackage(platform.os === 'linux' ? runtime : platform.licence));
  const node = { name: 'Node.js', version: runtime.version, licence: 'MIT', text };
  if (platform.os !== 'linux') return [node, nssmPart];
  const pcap = await buildLibpcap(platform.target, await compilerFor(platform.target));
  const zig = await fetchPackage(compiler);
  return [
    node,
    { name: 'libpcap', version: libpcap.version, licence: 'BSD-3-Clause', text: await licenceOf(pcap) },
    {
      name: 'libc++, libc++abi, libunwind and compiler-rt, as Zig brings them',
      version: compiler.version,
      licence: 'Apache-2.0 WITH LLVM-exception AND MIT',
      text: `${(await readFile(join(zig, 'lib', 'libcxx', 'LICENSE.TXT'), 'utf8')).trim()}\n\n${await licenceOf(zig)}`,
    },
  ];
}

/** Its package has the program only; these are the words of its author's README. */
const nssmPart: Part = {
  name: 'NSSM, the Non-Sucking Service Manager (https://nssm.cc)',
  version: '2.24-101',
  licence: undefined,
  text: 'NSSM is public domain. You may unconditionally use it and/or its source code for any purpose you wish.',
};

export async function libraryParts(nodeModules: string): Promise<Part[]> {
  const parts: Part[] = [];
  for (const folder of await packageFolders(nodeModules)) {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
      license?: string | { type: string };
    };
    const licence = typeof license === 'object' ? license.type : license;
    parts.push({ name, version, licence, text: await licenceOf(folder) });
  }
  return parts;
}

async function licenceOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => isLicence.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n');
}
