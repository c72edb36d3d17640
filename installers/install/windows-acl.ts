/**
 * Explicit access lists on Windows: what ProgramData would inherit lets every user read, so the folders with secrets inherit nothing and
 * name who may: the system, the administrators and the account of the service.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { failure } from '../../core/contract/index.js';
import type { Layout } from '../layout.js';

const run = promisify(execFile);

/** Well-known security identifiers (MS-DTYP 2.4.2.4): their names depend on the language of Windows, these do not. */
const system = '*S-1-5-18';
const administrators = '*S-1-5-32-544';
const users = '*S-1-5-32-545';

/** Folders and files below inherit it. */
const below = '(OI)(CI)';

/** Arguments of icacls, one call each. `/grant:r` replaces what an earlier installation granted. */
export function aclCommands({ home, etc, lib, log }: Layout, user: string | undefined): string[][] {
  const full = [`${system}:${below}F`, `${administrators}:${below}F`];
  const closed = (folder: string, rights: string) => [
    folder,
    '/inheritance:r',
    '/grant:r',
    ...full,
    ...(user === undefined ? [] : [`${user}:${below}${rights}`]),
    '/Q',
  ];
  return [
    // The program: everybody may read and run it, nobody else may change it.
    [home, '/inheritance:r', '/grant:r', ...full, `${users}:${below}RX`, '/Q'],
    closed(etc, 'RX'),
    closed(lib, 'M'),
    closed(log, 'M'),
  ];
}

/** @returns who may read the secrets besides system and administrators */
export async function closeWindowsFolders(layout: Layout, user: string | undefined): Promise<string> {
  for (const command of aclCommands(layout, user)) {
    try {
      await run('icacls', command, { windowsHide: true });
    } catch (error) {
      throw failure('E_PRIVILEGE', `icacls could not close ${command[0]}`, {
        cause: error,
        remedy: 'run ksinstall as an administrator, on NTFS',
      });
    }
  }
  return user ?? 'LocalSystem';
}
