/**
 * `ksocket encrypt --forget-old-keys`: lets go of earlier keys when nothing below the folder of credential files needs them. What is
 * elsewhere it cannot know, and says so; where the folder looks as if it were not all there, it refuses.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../core/contract/index.js';
import { type Keyring, keysUsedIn } from '../core/credentials/index.js';
import { readBytes } from '../core/runtime/index.js';
import type { CommonOptions, Context } from './context.js';
import { say, type Text } from './language.js';
import { printable } from './printable.js';

/** Deeper than credential files are looked for. */
const maxDepth = 32;

export async function forgetOldKeys(
  context: Context,
  { json }: CommonOptions,
  folder: string,
  keyring: Keyring,
): Promise<number> {
  // One turn: a file that were encrypted between the look and the end would have lost its key.
  const forgotten = await keyring.alone((held) => forget(folder, held));
  const told: Text = [
    `${forgotten} earlier ${forgotten === 1 ? 'key' : 'keys'} forgotten; what is not below ${folder} (backups, files elsewhere) was not looked at`,
    `以前の鍵 ${forgotten} 個を削除しました。${folder} の外 (バックアップやほかの場所のファイル) は確認していません`,
  ];
  if (json) context.stdout.write(`${JSON.stringify({ ok: true, forgotten, searched: folder }, null, 2)}\n`);
  else context.stdout.write(`${printable(say(context.language, told))}\n`);
  return 0;
}

/** @returns how many. @throws Failure E_INPUT where one may be needed */
async function forget(folder: string, keyring: Keyring): Promise<number> {
  const old = new Set((await keyring.earlier()).map(({ id }) => id));
  const current = (await keyring.keys())[0]?.id;
  let isInUse = false;
  for (const file of await everyFile(folder)) {
    // Bytes, because a backup may be anything.
    const used = keysUsedIn((await readBytes(file)).toString('latin1'));
    isInUse ||= used.some((id) => id === current);
    if (!used.some((id) => id !== current && old.has(id))) continue;
    throw failure('E_INPUT', `${file} needs an earlier key`, {
      remedy: 'encrypt all files anew with "ksocket encrypt --new-key", or remove this one if it is a copy',
    });
  }
  if (old.size > 0 && !isInUse) {
    throw failure('E_INPUT', `nothing below ${folder} is encrypted with the present key`, {
      remedy: `is its volume mounted? If all secrets are in clear text, the keys can go with ${keyring.file}`,
    });
  }
  return old.size === 0 ? 0 : keyring.forget(old);
}

/** Whatever their names, and through links, each folder once. What cannot be read ends it: it may need a key. */
async function everyFile(root: string): Promise<string[]> {
  const files: string[] = [];
  const seen = new Set<string>();
  const visit = async (path: string, depth: number): Promise<void> => {
    const folder = await realpath(path);
    if (seen.has(folder)) return;
    seen.add(folder);
    if (depth > maxDepth) throw failure('E_INPUT', `${path} is too deep to be searched`);
    for (const name of await readdir(folder)) {
      const it = await stat(join(folder, name));
      if (it.isDirectory()) await visit(join(folder, name), depth + 1);
      else if (it.isFile()) files.push(join(folder, name));
    }
  };
  await visit(root, 0).catch((cause: NodeJS.ErrnoException) => {
    if (cause.path === undefined) throw cause;
    throw failure('E_INPUT', `${cause.path} cannot be read: ${cause.code}`, {
      cause,
      remedy: 'put it in order first; it may need an earlier key',
    });
  });
  return files;
}
