/** Reading and writing small files safely: capped, strict UTF-8, replaced as a whole. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lchown, lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure, failure } from '../contract/index.js';
import { keepAttributes } from './attributes.js';
import { inFolder, isStrange } from './strange-folder.js';

/** Settings and credential files are written by hand; a megabyte is a mistake or an attack. */
export const maxFileBytes = 1024 * 1024;

/**
 * The text of a UTF-8 file, without a byte order mark.
 * @throws Failure E_INPUT naming the file: too large, no UTF-8, or not readable (with the system's word for it).
 */
export async function readText(path: string, maxBytes = maxFileBytes, judge?: Judge): Promise<string> {
  return decodeText(await readBytes(path, maxBytes, judge), path);
}

/** Throws for a file that is not to be read. It sees the one that was opened, whatever has its name by now. */
export type Judge = (it: Stats) => void;

/** @throws Failure E_INPUT naming the file: too large, no file, or not readable */
export const readBytes = (path: string, maxBytes = maxFileBytes, judge?: Judge): Promise<Buffer> =>
  bytesOf(path, maxBytes, 0, judge);

async function bytesOf(path: string, maxBytes: number, flags: number, judge?: Judge): Promise<Buffer> {
  try {
    // A pipe would be waited for.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | flags);
    try {
      const it = await file.stat();
      // A device or pipe reports no size and may never end.
      if (!it.isFile())
        throw failure('E_INPUT', `${path} is no regular file`, { remedy: `see what it is: ls -ld ${path}` });
      judge?.(it);
      const chunks: Buffer[] = [];
      // It may grow meanwhile.
      for await (const chunk of file.createReadStream({ end: maxBytes, autoClose: false })) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (bytes.length > maxBytes) throw failure('E_INPUT', `${path} is larger than ${maxBytes} bytes`);
      return bytes;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** @param path for the message. @throws Failure E_INPUT */
export function decodeText(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw failure('E_INPUT', `${path} is not UTF-8`, { cause: error, remedy: 'save the file as UTF-8' });
  }
}

/** The text, or undefined only when there is certainly no such file: a folder that may not be searched is an error. */
export async function readIfThere(path: string, maxBytes = maxFileBytes, judge?: Judge): Promise<string | undefined> {
  try {
    // lstat, so that a link to nowhere is a fault and not an absence.
    await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
  return readText(path, maxBytes, judge);
}

/** The same for what an agent remembers: root follows no link of the service there, and keeps nothing of where it leads. */
export async function readOwnIfThere(path: string, maxBytes = maxFileBytes): Promise<string | undefined> {
  return inFolder(dirname(path), async (folder) => {
    const within = join(folder, basename(path));
    await lstat(within);
    return decodeText(await bytesOf(within, maxBytes, isStrange(folder) ? (constants.O_NOFOLLOW ?? 0) : 0), path);
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw unreadable(path, error);
  });
}

/** Another one whenever the file was replaced or changed; undefined only when there is certainly none. */
export function versionOf(path: string): Promise<string | undefined> {
  return inFolder(dirname(path), async (folder) => {
    const it = await lstat(join(folder, basename(path)), { bigint: true });
    return `${it.ino} ${it.size} ${it.mtimeNs} ${it.ctimeNs}`;
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw unreadable(path, error);
  });
}

function unreadable(path: string, error: unknown): unknown {
  if (error instanceof Failure) return error;
  const code = (error as { code?: string }).code;
  if (code === 'ENOENT') return failure('E_INPUT', `${path} does not exist`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM') {
    return failure('E_INPUT', `${path} may not be read by this user`, {
      cause: error,
      remedy: `check its owner and mode: ls -ld ${path}`,
    });
  }
  return code === undefined ? error : failure('E_INPUT', `${path}: ${code}`, { cause: error });
}

/** Replaces the file as a whole: whoever reads sees the old text or the new, also after a power cut. Its owner stays. */
export async function writeAtomic(
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
  /** Also the ACL and extended attributes of the file that is there. */
  { attributes = false } = {},
): Promise<void> {
  await makeFolder(dirname(path));
  await inFolder(dirname(path), (folder) => replace(join(folder, basename(path)), content, mode, attributes));
}

/** Two writers in this process do not share a draft. */
let drafts = 0;

async function replace(path: string, content: string | Uint8Array, mode: number, attributes: boolean): Promise<void> {
  const draft = `${path}.${process.pid}-${++drafts}.new`;
  // Left by a process of this number that was killed, or a link of somebody who wants it written through: it is not ours.
  await rm(draft, { force: true });
  try {
    // Nobody else's until it is whole: it may be a secret, and who is killed here leaves it.
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(content);
      const kept = await keepOwner(file, path, mode);
      // Not where its group is lost: the mask of the ACL would open it to another one.
      if (attributes && kept === mode) await keepAttributes(path, file.fd);
      // Whatever the umask of this process takes away: a unit's is strict, and others must read what root writes for them.
      await file.chmod(kept);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameOver(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncPath(dirname(path));
}

/** Windows refuses while somebody has the file open, and that is over in a moment. The parameters are for tests. */
export async function renameOver(
  from: string,
  to: string,
  { move = rename, platform = process.platform as string, tries = 8 } = {},
): Promise<void> {
  for (let left = tries; ; left--) {
    try {
      return await move(from, to);
    } catch (error) {
      const isBusy = ['EPERM', 'EACCES', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (platform !== 'win32' || !isBusy || left <= 1) throw error;
      await pause(25);
    }
  }
}

/** Takes away what writers of this file left who were killed: a draft may be a secret in clear text. A link is removed, not followed. */
export async function removeStaleDrafts(path: string): Promise<void> {
  await inFolder(dirname(path), async (folder) => {
    for (const name of await readdir(folder)) {
      if (!name.startsWith(`${basename(path)}.`)) continue;
      const [, writer] = /^\.(\d{1,10})-\d{1,10}\.new$/.exec(name.slice(basename(path).length)) ?? [];
      if (writer !== undefined && !isRunning(Number(writer))) await rm(join(folder, name), { force: true });
    }
  });
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    // One of another user is one, too.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * What root writes anew must stay readable for the service's user; anybody else can keep its group, if it is one of theirs.
 * @returns the mode, less what a group would get by it that had nothing before
 */
async function keepOwner(draft: FileHandle, path: string, mode: number): Promise<number> {
  const before = await stat(path).catch(() => undefined);
  if (process.getuid?.() === 0) {
    const { uid, gid } = before ?? (await stat(dirname(path)));
    await draft.chown(uid, gid);
  } else if (process.platform !== 'win32' && before !== undefined && before.gid !== (await draft.stat()).gid) {
    const isKept = await draft.chown(-1, before.gid).then(
      () => true,
      () => false,
    );
    if (!isKept) return (mode & ~0o070) | ((mode & 0o007) << 3);
  }
  return mode;
}

/** Folders that root makes in those of the service are the service's too. Its owner may have put a link in the place of one by now. */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  if (first === undefined || process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dirname(first));
  for (let made = path; made.length >= first.length; made = dirname(made)) await lchown(made, uid, gid);
}

/** What a file or a folder holds is on the disk. A rename is durable only when its folder is; Windows has no such call and does not need it. */
export async function syncPath(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const it = await open(path, 'r');
  try {
    await it.sync();
  } finally {
    await it.close();
  }
}
