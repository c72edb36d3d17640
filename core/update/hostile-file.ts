/**
 * Files in folders that others may write, read by root: opened once, without following a link or waiting for a pipe, and judged
 * by what was opened and not by its name.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { failure } from '../contract/index.js';

/** Windows knows neither flag. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** @returns undefined when there is no such file. @throws Failure E_UPDATE for a link, a folder, a device, or too large a file */
export async function openHostile(
  path: string,
  maxBytes: number,
): Promise<{ readonly file: FileHandle; readonly size: number } | undefined> {
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw failure('E_UPDATE', `${path} cannot be opened: ${error.code}`, { cause: error });
  });
  if (file === undefined) return undefined;
  const stat = await file.stat();
  if (stat.isFile() && stat.size <= maxBytes) return { file, size: stat.size };
  await file.close();
  throw failure('E_UPDATE', stat.isFile() ? `${path} is larger than ${maxBytes} bytes` : `${path} is no regular file`);
}

/** A small JSON text, or undefined when there is none or it makes no sense to the schema: whoever wrote it may not stop us. */
export async function readHostileJson<T>(
  path: string,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
): Promise<T | undefined> {
  try {
    const opened = await openHostile(path, 64 * 1024);
    if (opened === undefined) return undefined;
    try {
      const result = schema.safeParse(JSON.parse((await readAt(opened.file, opened.size)).toString()));
      return result.success ? result.data : undefined;
    } finally {
      await opened.file.close();
    }
  } catch {
    return undefined;
  }
}

/** The first `length` bytes, or all that there are. */
export async function readAt(file: FileHandle, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
