/** Keys, payloads and bundles for tests: small slots, whose tar.gz may also be written entry by entry with what no packer writes. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { type Platform, platformOf } from '../../wire/index.js';
import { writeBundle } from '../bundle-file.js';
import { keyId, type PrivateKey, type PublicKey } from '../keys.js';

export const here: Platform = platformOf() ?? 'linux-x86_64';

export function newKey(name = 'release'): PrivateKey & { readonly public: PublicKey; readonly pem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const id = keyId(createPublicKey(privateKey));
  return {
    id,
    key: privateKey,
    public: { id, name, key: publicKey },
    pem: String(publicKey.export({ type: 'spki', format: 'pem' })),
  };
}

export async function temporaryFolder(t: { after(undo: () => unknown): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ksocket update '));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Entry {
  readonly path: string;
  readonly content?: string;
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO';
  readonly linkpath?: string;
  readonly mode?: number;
}

/** A tar.gz with exactly these entries, in this order. */
export function tarOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = '', type = 'File', linkpath, mode = 0o644 }) => {
    const bytes = Buffer.from(content);
    const header = new Header({ path, mode, type, size: type === 'File' ? bytes.length : 0, uid: 4711, gid: 4711 });
    if (linkpath !== undefined) header.linkpath = linkpath;
    const block = Buffer.alloc(512);
    header.encode(block);
    return type === 'File' ? [block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)] : [block];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/**
 * The least that is a slot. Its runtime is a script that calls the one that runs this test.
 * @param main what `ksocket` does there; by default it says its version
 */
export const slotEntries = (version: string, main = `console.log(${JSON.stringify(version)})`): Entry[] => [
  { path: 'slot.json', content: JSON.stringify({ version, platform: here }) },
  { path: 'node/bin/node', content: `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, mode: 0o755 },
  { path: 'app/package.json', content: JSON.stringify({ name: 'ksocket', version, type: 'module' }) },
  { path: 'app/dist/cli/main.js', content: main },
];

/** A slot whose runtime is a script that says a version, which is much faster than a runtime. */
export function scriptSlot(version: string, script = `echo ${version}`): Entry[] {
  return [
    { path: 'slot.json', content: JSON.stringify({ version, platform: here }) },
    { path: 'node/bin/node', content: `#!/bin/sh\n${script}\n`, mode: 0o755 },
    { path: 'app/dist/cli/main.js', content: '' },
  ];
}

export interface BundleWishes {
  readonly version?: string;
  readonly platform?: Platform;
  readonly entries?: readonly Entry[];
  readonly expires?: string;
  readonly releasedAt?: string;
  readonly minVersion?: string;
}

/** @returns the path of a bundle that these keys have signed */
export async function makeBundle(
  folder: string,
  keys: readonly PrivateKey[],
  wishes: BundleWishes = {},
): Promise<string> {
  const { version = '3.1.0', platform = here, entries = slotEntries(version), minVersion } = wishes;
  const output = join(folder, `ksocket-${version}-${platform}.update`);
  const payload = `${output}.tar.gz`;
  await mkdir(dirname(output), { recursive: true });
  await writeFile(payload, tarOf(entries));
  await writeBundle(
    payload,
    {
      version,
      platform,
      releasedAt: wishes.releasedAt ?? '2026-11-01T00:00:00Z',
      expires: wishes.expires ?? '2099-01-01T00:00:00Z',
      ...(minVersion === undefined ? {} : { minVersion }),
    },
    keys,
    output,
  );
  await rm(payload);
  return output;
}
