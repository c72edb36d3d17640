/** May this archive be installed here, by this user, into this directory? Asked before anything is touched. */
import { failure } from '../../core/contract/index.js';
import { storing } from '../../core/runtime/index.js';
import { platformOf } from '../../core/wire/index.js';
import { freeBytesAt, type Payload, sizeOf } from '../payload.js';

/** Room for logs and the journal of the first days, besides the program. */
const spareBytes = 64 * 1024 * 1024;

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`;

export function checkPlatform(payload: Payload): string {
  const here = platformOf() ?? `${process.platform}-${process.arch}`;
  if (payload.platform === here) return here;
  throw failure('E_UNSUPPORTED', `this archive is for ${payload.platform}, this machine is ${here}`, {
    remedy: `take the archive for ${here}`,
  });
}

/** A service is the administrator's; a directory of one's own is not. */
export function checkPrivilege(service: boolean): void {
  if (process.platform === 'win32' || !service || process.getuid?.() === 0) return;
  throw failure('E_PRIVILEGE', 'install a service', {
    remedy: 'run it as root (sudo ./ksinstall), or with --no-service',
  });
}

export async function checkSpace(payload: Payload, directory: string): Promise<string> {
  const needed = (await sizeOf(payload.folder)) + spareBytes;
  const free = await storing(`look at ${directory}`, () => freeBytesAt(directory));
  if (free >= needed) return megabytes(free);
  throw failure('E_STORAGE', `${directory}: the disk has ${megabytes(free)} free, ${megabytes(needed)} are needed`, {
    remedy: 'free some space or name another --directory, then run it again',
  });
}
