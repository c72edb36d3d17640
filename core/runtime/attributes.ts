/**
 * POSIX ACL and extended attributes (an SELinux label, user.*) of a file that is replaced by another one. Node has no calls for them, so
 * coreutils' cp copies them, by descriptors, whatever the names lead to by then. A cp that cannot (BusyBox has no such option) is found
 * by `--version`, which it does not know either: there nothing is kept, as the manual says.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { failure } from '../contract/index.js';

/** @param draft descriptor of what takes its place. @throws Failure E_PRIVILEGE where one of them cannot be kept */
export async function keepAttributes(path: string, draft: number): Promise<void> {
  if (process.platform !== 'linux' || !(await canCopy())) return;
  const original = await open(path, 'r');
  try {
    const cp = spawn('cp', ['--attributes-only', '--preserve=mode,xattr', '/proc/self/fd/3', '/proc/self/fd/4'], {
      stdio: ['ignore', 'ignore', 'pipe', original.fd, draft],
      env: { ...process.env, LC_ALL: 'C' },
    });
    const [said, [code]] = await Promise.all([text(cp.stderr!), once(cp, 'close')]);
    if (code === 0) return;
    throw failure('E_PRIVILEGE', `keep the ACL and extended attributes of ${path}: ${said.trim()}`, {
      remedy: `run it as root, or see what it has: getfacl ${path}; getfattr -d -m - ${path}`,
    });
  } finally {
    await original.close();
  }
}

const canCopy = (): Promise<boolean> =>
  promisify(execFile)('cp', ['--version']).then(
    () => true,
    () => false,
  );
