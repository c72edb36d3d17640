/**
 * Who may read the keys to servers: root, the service and nobody else. A file that others may read is refused with the command that
 * mends it, as OpenSSH does with private keys.
 */
import { stat } from 'node:fs/promises';
import { failure } from '../contract/index.js';

/** What of a file's state decides. */
interface Mode {
  readonly mode: number;
  readonly gid: number;
}

/** @throws Failure E_CREDENTIAL with the chmod that closes it */
export function checkMode(path: string, { mode, gid }: Mode, groups: ReadonlySet<number>): void {
  if (process.platform === 'win32') return;
  const shown = `${path} may be read by`;
  const remedy = `chmod ${(mode & 0o007) !== 0 ? '640' : '600'} ${wordOf(path)}`;
  if ((mode & 0o007) !== 0) {
    throw failure('E_CREDENTIAL', `${shown} every user of this machine (mode ${(mode & 0o777).toString(8)})`, {
      remedy,
    });
  }
  if ((mode & 0o070) !== 0 && !groups.has(gid)) {
    throw failure('E_CREDENTIAL', `${shown} group ${gid}, which is not the service's`, { remedy });
  }
}

/** As a shell takes it: people copy the line. */
export const wordOf = (path: string): string =>
  /^[\p{L}\p{N}_./:@+-]+$/u.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

/**
 * Groups that may read credential files: ours. Root, who is in no group of the service and looks at its files all the same
 * (`ksocket diagnostics`, `ksocket scan`), takes the one to which root has given the folder and nobody else.
 * @param directory etc/ksocket/credentials
 */
export async function readers(directory: string): Promise<ReadonlySet<number>> {
  const ours = [process.getgid?.() ?? -1, ...(process.getgroups?.() ?? [])];
  if (process.getuid?.() !== 0) return new Set(ours);
  const folder = await stat(directory).catch(() => undefined);
  const given = folder !== undefined && folder.uid === 0 && (folder.mode & 0o007) === 0;
  return new Set(given ? [...ours, folder.gid] : ours);
}
