/** The bill of materials of one archive: CycloneDX 1.5, of what is really in it (npm's own lists what the lockfile would install). */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyOf } from './cache.js';
import { checkout } from './checkout.js';
import { libraryParts } from './licences.js';
import type { Release } from './payload.js';
import { compiler, libpcap, type Platform } from './pins.js';

interface Component {
  readonly type: 'library' | 'application' | 'platform';
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licences: string | undefined;
  /** Of what was fetched, as hexadecimal digits. */
  readonly hash: { readonly alg: 'SHA-512' | 'SHA-256'; readonly content: string } | undefined;
}

export async function writeSbom(platform: Platform, release: Release, app: string, target: string): Promise<void> {
  const components = [...foreign(platform), ...(await libraries(platform, app))].map(({ licences, hash, ...rest }) => ({
    ...rest,
    'bom-ref': rest.purl,
    ...(licences === undefined ? {} : { licenses: [{ expression: licences }] }),
    ...(hash === undefined ? {} : { hashes: [hash] }),
  }));
  const self = { type: 'application', 'bom-ref': 'ksocket', name: 'ksocket', version: release.version };
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${uuidOf(components, self, platform.name)}`,
    version: 1,
    metadata: {
      timestamp: new Date(release.epoch * 1000).toISOString(),
      component: {
        ...self,
        licenses: [{ expression: 'MIT' }],
        properties: [{ name: 'platform', value: platform.name }],
      },
    },
    components,
    dependencies: [{ ref: 'ksocket', dependsOn: components.map((it) => it['bom-ref']) }],
  };
  await writeFile(target, `${JSON.stringify(document, null, 2)}\n`);
}

/** Follows from the content, so that two builds say the same (RFC 9562, version 8: a form of one's own). */
function uuidOf(...parts: readonly unknown[]): string {
  const digits = `${keyOf(parts)}${keyOf(parts, 1)}`;
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

async function libraries(platform: Platform, app: string): Promise<Component[]> {
  const lock = JSON.parse(await readFile(join(checkout, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; integrity?: string }>;
  };
  const pinned = platform.os === 'win32' ? [platform.sqlite] : [];
  return (await libraryParts(join(app, 'node_modules'))).map(({ name, version, licence }) => {
    const integrity =
      pinned.find((it) => it.package === name && it.version === version)?.integrity ??
      Object.entries(lock.packages).find(
        ([path, it]) => path.endsWith(`node_modules/${name}`) && it.version === version,
      )?.[1].integrity;
    return npmComponent('library', name, version, licence, integrity);
  });
}

function foreign(platform: Platform): Component[] {
  const { runtime } = platform;
  const node = npmComponent('platform', runtime.package, runtime.version, 'MIT', runtime.integrity);
  if (platform.os !== 'linux') {
    const { nssm } = platform;
    return [node, npmComponent('application', nssm.package, nssm.version, undefined, nssm.integrity)];
  }
  return [
    node,
    {
      type: 'library',
      name: 'libpcap',
      version: libpcap.version,
      purl: `pkg:generic/libpcap@${libpcap.version}`,
      licences: 'BSD-3-Clause',
      hash: { alg: 'SHA-256', content: libpcap.sha256 },
    },
    // Its libc++ and compiler-rt are inside the native parts.
    npmComponent(
      'library',
      compiler.package,
      compiler.version,
      'MIT AND Apache-2.0 WITH LLVM-exception',
      compiler.integrity,
    ),
  ];
}

function npmComponent(
  type: Component['type'],
  name: string,
  version: string,
  licences: string | undefined,
  integrity: string | undefined,
): Component {
  const content =
    integrity === undefined ? undefined : Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
  return {
    type,
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    licences,
    hash: content === undefined ? undefined : { alg: 'SHA-512', content },
  };
}
