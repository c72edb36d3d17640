/**
 * The native parts that no package brings ready for every platform: better-sqlite3 and pcap, compiled for the ABI of the
 * bundled runtime. The lists of sources and options are those of each package's binding.gyp; node-gyp itself cannot cross-compile
 * without a foreign tool chain on the machine.
 */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, keyOf } from './cache.js';
import { checkout } from './checkout.js';
import { type Compiler, compilerFor } from './compiler.js';
import { buildLibpcap } from './libpcap.js';
import { type LinuxPlatform, compiler as pinnedCompiler, libpcap as pinnedLibpcap } from './pins.js';
import { fetchPackage } from './registry.js';

const common = ['-O3', '-DNDEBUG', '-fPIC', '-w', '-g0', '-fvisibility=hidden'];
const addon = [...common, '-std=c++20', '-fno-rtti', '-DBUILDING_NODE_EXTENSION'];
/** Static parts keep their symbols to themselves, so that no other library of the process meets them. */
const link = ['-shared', '-s', '-Wl,-Bsymbolic'];

/** Linked into each addon, in front of what the compiler brings. */
const statSource = join(checkout, 'installers', 'package', 'stat-before-2.33.c');
const statObject = 'stat.o';

/** Puts the compiled addons where each package looks for them (`build/Release`). */
export async function addNativeParts(platform: LinuxPlatform, nodeModules: string): Promise<void> {
  const sqlite = join(nodeModules, 'better-sqlite3');
  const pcap = join(nodeModules, 'pcap');
  const key = keyOf(
    platform.target,
    platform.headers,
    pinnedCompiler,
    pinnedLibpcap,
    [addon, link],
    await readFile(statSource, 'utf8'),
    await versionOf(sqlite),
    await versionOf(pcap),
    await versionOf(join(nodeModules, 'nan')),
  );
  const built = await cached(`native-${platform.name}-${key}`, async (folder) => {
    const compiler = await compilerFor(platform.target);
    const headers = join(await fetchPackage(platform.headers), 'include', 'node');
    await compiler.run('cc', [...common, '-c', statSource, '-o', statObject], folder);
    await buildSqlite(compiler, headers, sqlite, folder);
    await buildPcap(compiler, headers, pcap, await buildLibpcap(platform.target, compiler), folder);
  });
  await place(join(built, 'better_sqlite3.node'), sqlite);
  await place(join(built, 'pcap_binding.node'), pcap);
}

async function buildSqlite(compiler: Compiler, headers: string, source: string, folder: string): Promise<void> {
  const defines = await sqliteDefines(join(source, 'deps', 'defines.gypi'));
  const amalgamation = join(source, 'deps', 'sqlite3');
  await compiler.run(
    'cc',
    [...common, '-std=c99', ...defines, '-c', join(amalgamation, 'sqlite3.c'), '-o', 'sqlite3.o'],
    folder,
  );
  await compiler.run(
    'c++',
    [
      ...addon,
      '-DNODE_GYP_MODULE_NAME=better_sqlite3',
      `-I${headers}`,
      `-I${amalgamation}`,
      '-c',
      join(source, 'src', 'better_sqlite3.cpp'),
      '-o',
      'better_sqlite3.o',
    ],
    folder,
  );
  await compiler.run(
    'c++',
    [...link, statObject, 'better_sqlite3.o', 'sqlite3.o', '-o', 'better_sqlite3.node'],
    folder,
  );
}

async function buildPcap(
  compiler: Compiler,
  headers: string,
  source: string,
  libpcap: string,
  folder: string,
): Promise<void> {
  const parts = ['pcap_binding', 'pcap_session'];
  for (const part of parts) {
    const include = [headers, libpcap, join(source, '..', 'nan')].map((it) => `-I${it}`);
    await compiler.run(
      'c++',
      [
        ...addon,
        '-DNODE_GYP_MODULE_NAME=pcap_binding',
        ...include,
        '-c',
        join(source, `${part}.cc`),
        '-o',
        `${part}.o`,
      ],
      folder,
    );
  }
  const objects = parts.map((part) => `${part}.o`);
  await compiler.run(
    'c++',
    [...link, statObject, ...objects, join(libpcap, 'libpcap.a'), '-o', 'pcap_binding.node'],
    folder,
  );
}

/** The options that better-sqlite3 gives SQLite: one quoted word a line. */
async function sqliteDefines(path: string): Promise<string[]> {
  const words = [...(await readFile(path, 'utf8')).matchAll(/^\s*'([A-Z0-9_]+(?:=[^']*)?)',?$/gm)].map((m) => m[1]!);
  if (words.length < 20) throw new Error(`${path} does not look like a list of SQLite's options any more`);
  return words.map((word) => `-D${word}`);
}

async function place(file: string, packageFolder: string): Promise<void> {
  const release = join(packageFolder, 'build', 'Release');
  await mkdir(release, { recursive: true });
  await copyFile(file, join(release, file.slice(file.lastIndexOf('/') + 1)));
}

async function versionOf(packageFolder: string): Promise<string> {
  const text = await readFile(join(packageFolder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
