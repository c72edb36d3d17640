/**
 * The payload of a bundle becomes a fresh folder. Its signature is verified by now; that nothing leaves the folder is seen to all
 * the same: only files, folders and links that stay inside, each path once, two modes, root as owner, and an end to the size.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type ReadEntry, Unpack } from 'tar';
import { type Failure, failure } from '../contract/index.js';
import { syncPath } from '../runtime/index.js';

/** A runtime and its libraries are some 200 MB in 6,000 files. */
const maxUnpackedBytes = 4 * 1024 ** 3;
const maxEntries = 200_000;
const maxDepth = 64;
const maxPathLength = 512;

const files: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile']);

/** @param directory is emptied first. @throws Failure E_UPDATE naming the entry that may not be */
export async function unpack(payload: Readable, directory: string): Promise<void> {
  // The library may still be writing a file when an earlier unpacking has failed.
  await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  // A unit's umask would keep the service out of the version that it is to run, and the library sets no mode of what it makes.
  const umask = process.umask(0o022);
  try {
    await mkdir(directory, { recursive: true, mode: 0o755 });
    await unpackInto(directory, payload);
  } finally {
    process.umask(umask);
  }
}

async function unpackInto(directory: string, payload: Readable): Promise<void> {
  const gate = new Gate();
  let fault: Failure | undefined;
  const target = new Unpack({
    cwd: directory,
    strict: true,
    preserveOwner: false,
    preservePaths: false,
    maxDepth,
    chmod: true,
    processUmask: 0,
    filter: (_, entry) => {
      // The rest is read and left out, so that nothing is being written any more when this ends.
      fault ??= gate.refuses(entry as ReadEntry);
      return fault === undefined;
    },
  });
  try {
    await pipeline(payload, createGunzip(), bounded(), target);
  } catch (error) {
    throw (error as { code?: string }).code === 'ENOSPC'
      ? failure('E_STORAGE', `unpack the update into ${directory}: the disk is full`, { cause: error })
      : failure('E_UPDATE', `the update cannot be unpacked: ${(error as Error).message}`, { cause: error });
  }
  if (fault !== undefined) throw fault;
}

class Gate {
  readonly #seen = new Set<string>();
  readonly #links = new Set<string>();

  /** Sets the mode of what may pass. */
  refuses(entry: ReadEntry): Failure | undefined {
    const path = entry.path.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '');
    const isFolder = entry.type === 'Directory';
    if (isFolder) entry.mode = 0o755;
    if (path === '' || path === '.') return isFolder ? undefined : refusal(entry, 'has no name');
    const parts = path.split('/');
    if (entry.path.startsWith('/') || parts.some((part) => part === '' || part === '.' || part === '..'))
      return refusal(entry, 'leaves its folder');
    // Backslash and colon mean other folders and streams on Windows; nothing of ours has either.
    if (path.length > maxPathLength || /[\\:\x00-\x1f]/.test(path)) return refusal(entry, 'has a name that may not be');
    // Two names that differ in case are one file on Windows.
    const key = path.toLowerCase();
    if (this.#seen.has(key) && !isFolder) return refusal(entry, 'comes twice');
    if (
      parts.some((_, at) =>
        this.#links.has(
          parts
            .slice(0, at + 1)
            .join('/')
            .toLowerCase(),
        ),
      )
    )
      return refusal(entry, 'goes through a link');
    this.#seen.add(key);
    if (this.#seen.size > maxEntries) return refusal(entry, `is one of more than ${maxEntries}`);
    if (entry.type === 'SymbolicLink') {
      this.#links.add(key);
      return this.#refusesLink(entry, path);
    }
    if (!isFolder && !files.has(entry.type)) return refusal(entry, `is a ${entry.type}`);
    if (!isFolder) entry.mode = ((entry.mode ?? 0) & 0o111) !== 0 ? 0o755 : 0o644;
    return undefined;
  }

  /** Up first, then down: a way that goes up again behind another link could end anywhere. */
  #refusesLink(entry: ReadEntry, path: string): Failure | undefined {
    const target = entry.linkpath ?? '';
    const inside = posix.join(posix.dirname(path), target);
    const isPlain = /^(?:\.\.\/)*(?:(?!\.\.?(?:\/|$))[^/\\:]+\/)*(?!\.\.?$)[^/\\:]+$/.test(target);
    // The library waits for ever for a link whose target is spelled like a folder above it, or like something below it (tar 7.5).
    const [own, other] = [path, posix.normalize(target)].map((it) => `${it.toLowerCase()}/`) as [string, string];
    if (own.startsWith(other) || other.startsWith(own))
      return refusal(entry, 'is a link that is spelled like its own path');
    if (process.platform === 'win32' || !isPlain || inside.startsWith('../') || inside === '..')
      return refusal(entry, 'is a link that may leave its folder');
    return undefined;
  }
}

const refusal = ({ path }: ReadEntry, why: string): Failure =>
  failure('E_UPDATE', `the update may not be unpacked: ${JSON.stringify(path.slice(0, 200))} ${why}`);

/** A few kilobytes can be gigabytes of zeros. */
function bounded(): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes > maxUnpackedBytes) done(failure('E_UPDATE', `the update is larger than ${maxUnpackedBytes} bytes`));
      else done(null, chunk);
    },
  });
}

/** Files that are synced at once; a journaling file system makes one write of them. */
const syncedAtOnce = 32;

/** Everything below is on the disk when this returns, also after a power cut. Windows writes through by itself. */
export async function syncTree(directory: string): Promise<void> {
  const paths: string[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile() || (entry.isDirectory() && process.platform !== 'win32'))
      paths.push(join(entry.parentPath ?? entry.path, entry.name));
  const next = paths.values();
  const worker = async (): Promise<void> => {
    for (const path of next) await syncPath(path);
  };
  await Promise.all(Array.from({ length: syncedAtOnce }, worker));
  await syncPath(directory);
}
