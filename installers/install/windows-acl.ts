/**
 * Explicit access lists on Windows: what ProgramData would inherit lets every user read, so the folders with secrets inherit nothing and
 * name who may: the system, the administrators and the account of the service.
 */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { win32 } from 'node:path';
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

/**
 * Arguments of icacls for a home that is about to be filled, one call each. Everybody may make folders below ProgramData: whoever made this
 * one before us would stay its owner, and keep what he granted himself.
 */
export const takeOverCommands = (home: string): string[][] => [
  [home, '/setowner', administrators, '/Q'],
  [home, '/reset', '/Q'],
  closedProgram(home),
];

/** Everybody may read and run the program, nobody else may change it. */
const closedProgram = (home: string): string[] => [
  home,
  '/inheritance:r',
  '/grant:r',
  `${system}:${below}F`,
  `${administrators}:${below}F`,
  `${users}:${below}RX`,
  '/Q',
];

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
  return [closedProgram(home), closed(etc, 'RX'), closed(lib, 'M'), closed(log, 'M')];
}

/** Before anything is in it. @throws Failure E_PRIVILEGE */
export async function takeOverWindowsHome(home: string): Promise<void> {
  await mkdir(home, { recursive: true });
  const parent = win32.dirname(home);
  // Whoever owns the folder of the maker (6.1 of the manual) could put another one in the place of ours.
  const isMakers = win32.basename(parent).toLowerCase() === 'fixpoint';
  for (const folder of isMakers ? [parent, home] : [home])
    for (const command of takeOverCommands(folder)) await icacls(command);
}

/** @returns who may read the secrets besides system and administrators */
export async function closeWindowsFolders(layout: Layout, user: string | undefined): Promise<string> {
  for (const command of aclCommands(layout, user)) await icacls(command);
  return user ?? 'LocalSystem';
}

/**
 * By its whole path, since Windows looks for programs in the current folder first. One that is not there is an error like any other: what
 * nobody closed is open.
 */
async function icacls(command: string[]): Promise<void> {
  try {
    await run(`${process.env.SystemRoot || 'C:\\Windows'}\\System32\\icacls.exe`, command, { windowsHide: true });
  } catch (error) {
    throw failure('E_PRIVILEGE', `icacls could not close ${command[0]}`, {
      cause: error,
      remedy: 'run ksinstall as an administrator, on NTFS',
    });
  }
}
