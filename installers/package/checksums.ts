/**
 * SHA256SUMS of everything released, and with a key a detached Ed25519 signature beside it: 64 bytes as they are, so that
 * `openssl pkeyutl -verify -rawin -pubin -inkey KEY.pub -sigfile SHA256SUMS.sig -in SHA256SUMS` checks it without us.
 */
import { createHash, sign } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type PrivateKey, parsePrivateKey } from '../../core/update/index.js';

const listName = 'SHA256SUMS';

/** Of every release file in the folder; as `sha256sum` writes them. */
export async function writeChecksums(folder: string, keys: readonly PrivateKey[]): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('ksocket')).sort();
  const lines = await Promise.all(names.map(async (name) => `${await sha256Of(join(folder, name))}  ${name}\n`));
  const text = Buffer.from(lines.join(''));
  await writeFile(join(folder, listName), text);
  for (const name of await readdir(folder)) if (/^SHA256SUMS.*\.sig$/.test(name)) await rm(join(folder, name));
  for (const [index, { key }] of keys.entries()) {
    const suffix = keys.length === 1 ? '' : `.${index + 1}`;
    await writeFile(join(folder, `${listName}${suffix}.sig`), sign(null, text, key));
  }
}

/** An Ed25519 key in PEM, as `ksocket update keygen` or `openssl genpkey` writes it. @throws Failure E_INPUT naming the file */
export async function readKey(path: string): Promise<PrivateKey> {
  return parsePrivateKey(await readFile(path, 'utf8'), path, process.env.KSOCKET_UPDATE_PASSPHRASE);
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
