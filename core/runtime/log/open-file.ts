/** Opens a log for appending: mode 0640, owned by whoever owns its folder, so that the service can go on in what root began. */
import { constants, fchownSync, lstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { failure } from '../../contract/index.js';
import { isStrange } from '../strange-folder.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

const mode = 0o640;

/** @throws the system's error */
export function openAppending(path: string): number {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  const owner = statSync(folder);
  const asRoot = process.getuid?.() === 0;
  // In a folder of another user root follows no link: it could lead to any file of this machine.
  const strange = isStrange(folder);
  for (;;) {
    try {
      return openSync(path, O_WRONLY | O_APPEND | (strange ? (O_NOFOLLOW ?? 0) : 0), mode);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    try {
      // O_EXCL follows no link either.
      const made = openSync(path, O_WRONLY | O_APPEND | O_CREAT | (!strange && isLink(path) ? 0 : O_EXCL), mode);
      if (asRoot) fchownSync(made, owner.uid, owner.gid);
      return made;
    } catch (error) {
      // Another process was first.
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** What an operator reads when there is no writing to it. */
export function unwritable(path: string, error: unknown) {
  const code = codeOf(error) ?? String(error);
  const why: Record<string, string> = {
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the quota is used up',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is no folder',
    ELOOP: 'it is a link in a folder of another user',
  };
  return failure('E_STORAGE', `the log ${path} cannot be written: ${why[code] ?? code}`, {
    cause: error,
    remedy:
      'run this as the user of the service or as root, or name another file with --logfile (- is the standard output)',
  });
}
