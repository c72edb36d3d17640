/** What a file system refuses, as one sentence with what to do about it. */
import { Failure, failure } from '../contract/index.js';

/** @param doing verb and place: `write /opt/fixpoint/ksocket` */
export function storageFailure(error: unknown, doing: string): Failure {
  if (error instanceof Failure) return error;
  const { code, path = '' } = error as NodeJS.ErrnoException;
  const at = path === '' || doing.includes(path) ? doing : `${doing} (${path})`;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return failure('E_STORAGE', `${at}: the disk is full`, {
        cause: error,
        remedy: 'free some space, then run it again',
      });
    case 'EROFS':
      return failure('E_STORAGE', `${at}: the file system is read-only`, {
        cause: error,
        remedy: 'mount it for writing, then run it again',
      });
    case 'EACCES':
    case 'EPERM':
      return failure('E_PRIVILEGE', at, { cause: error, remedy: 'run it as root (administrator)' });
    case 'EBUSY':
      return failure('E_STORAGE', `${at}: it is in use`, {
        cause: error,
        remedy: 'end the programs that use it, then run it again',
      });
    default:
      return failure('E_STORAGE', `${at}: ${code ?? (error instanceof Error ? error.message : String(error))}`, {
        cause: error,
      });
  }
}

/** Runs it; what goes wrong names the place. */
export async function storing<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageFailure(error, doing);
  }
}
