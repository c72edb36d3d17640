/** The logs, the newest first, until they are as many bytes as a mail takes; of the file that would exceed it the end. */
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sentenceOf } from '../../core/contract/index.js';
import type { Text } from '../language.js';
import type { Part } from './part.js';
import type { Secrets } from './secrets.js';

const about: Text = ['log', 'ログ'];

/** @param file the log of the settings; what stands beside it under a like name belongs to it: .1, .prev.log, space.log */
export async function logs(file: string, mostBytes: number, secrets: Secrets): Promise<Part[]> {
  if (file === '-')
    return [missing('logs.txt', 'logfile is -: the log is where the standard output goes (journalctl -u ksocket)')];
  const folder = dirname(file);
  let names: string[];
  try {
    names = (await readdir(folder)).filter(
      (name) => name.startsWith(basename(file, '.log')) || /\.log(\.\d+)?$/.test(name),
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such folder' : (code ?? sentenceOf(error));
    return [missing('logs.txt', `${folder}: ${reason}`)];
  }
  if (names.length === 0) return [missing('logs.txt', `there is no log in ${folder}`)];
  const aged = await Promise.all(names.map(async (name) => ({ name, at: (await lstat(join(folder, name))).mtimeMs })));
  const parts: Part[] = [];
  let left = mostBytes;
  for (const { name } of aged.sort((a, b) => b.at - a.at)) {
    if (name.endsWith('.lock')) continue;
    const it =
      left <= 0
        ? missing(name, 'left out: the logs are larger than --max-log-size')
        : await tail(join(folder, name), left);
    left -= it.content.length;
    parts.push({ ...it, name: `logs/${name}`, content: secrets.redact(it.content) });
  }
  return parts;
}

async function tail(path: string, most: number): Promise<Part> {
  try {
    // The folder belongs to the service; a link in it could lead root to any file.
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      const it = await file.stat();
      if (!it.isFile()) return missing(path, 'it is no regular file');
      const bytes = Buffer.alloc(Math.min(most, it.size));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, it.size - bytes.length);
      const text = bytes.toString('utf8', 0, bytesRead);
      if (bytesRead === it.size) return { name: path, about, content: text };
      const problem = `only the last ${bytesRead} of ${it.size} bytes`;
      return { name: path, about, content: text.slice(text.indexOf('\n') + 1), problem };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return missing(path, code === 'ELOOP' ? 'it is a link, which is not followed' : (code ?? sentenceOf(error)));
  }
}

const missing = (name: string, problem: string): Part => ({ name, about, content: '', problem });
