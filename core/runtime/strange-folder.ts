/**
 * Root at work in a folder of somebody else, mostly that of the service: whoever owns it may put a link in the place of any name at
 * any moment, and must not get further by it than they could go themselves.
 */
import { constants, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure } from '../contract/index.js';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/** Root's own, and no one else's to change. */
const isRoots = ({ uid, mode }: { uid: number; mode: number }): boolean => uid === 0 && (mode & 0o002) === 0;

const asRoot = (): boolean => process.getuid?.() === 0;

/** Would root, in this folder, be led by links of somebody else? */
export const isStrange = (folder: string): boolean => asRoot() && !isRoots(statSync(folder));

/**
 * Works in a folder that stays the same one, whatever becomes of its name meanwhile.
 * @param work gets a path for it
 * @throws Failure E_STORAGE when the folder is a link that its owner may not have followed
 */
export async function inFolder<T>(folder: string, work: (path: string) => Promise<T>): Promise<T> {
  if (process.platform !== 'linux' || !asRoot() || isRoots(await stat(dirname(folder)))) return work(folder);
  const held = await open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ELOOP' && cause.code !== 'ENOTDIR') throw cause;
    throw failure('E_STORAGE', `${folder} is a link in a folder of another user`, {
      cause,
      remedy: 'remove the link, or run this as the user of the service',
    });
  });
  const path = `/proc/self/fd/${held.fd}`;
  try {
    return await work(path);
  } catch (error) {
    // What people read has the name that they know.
    const named = error as NodeJS.ErrnoException;
    if (named.path !== undefined) named.path = named.path.replace(path, folder);
    if (error instanceof Error) error.message = error.message.replaceAll(path, folder);
    throw error;
  } finally {
    await held.close();
  }
}

/**
 * Root becomes the owner of this folder, for good: then everything that is done there is only what its owner may do.
 * Anybody else, and root in a folder of its own, stays who they are.
 */
export function becomeOwnerOf(folder: string): void {
  const it = asRoot() ? statSync(folder, { throwIfNoEntry: false }) : undefined;
  if (it === undefined || it.uid === 0) return;
  process.setgroups?.([it.gid]);
  process.setgid?.(it.gid);
  process.setuid?.(it.uid);
}
