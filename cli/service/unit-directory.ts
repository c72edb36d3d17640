/** Where packages put their units on this machine (seed 2.4.1); /etc/systemd/system is the operator's and stays untouched. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { failure } from '../../core/contract/index.js';

/** RedHat, Debian before it merged /usr, and where /usr is read-only. */
export const unitDirectories = [
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
  '/usr/local/lib/systemd/system',
] as const;

/**
 * @param searched folders in which this systemd looks for units
 * @throws Failure E_STORAGE when none of the seed's folders can be used
 */
export async function unitDirectory(searched: readonly string[]): Promise<string> {
  for (const directory of unitDirectories) {
    const usable = searched.includes(directory) && (await isWritable(directory));
    if (usable) return directory;
  }
  // The last one is for what the machine's owner adds; systemd searches it, mostly nobody has made it yet.
  const last = unitDirectories.at(-1)!;
  if (searched.includes(last)) return last;
  throw failure('E_STORAGE', `none of ${unitDirectories.join(', ')} is searched by this systemd and can be written`);
}

async function isWritable(directory: string): Promise<boolean> {
  return access(directory, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}
