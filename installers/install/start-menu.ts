/**
 * Start > Fixpoint on Windows (chapters 1.4.2 and 2.1.2 of the manual): a PowerShell in which `ksocket` works, and the uninstaller. Both
 * as an administrator, since nobody else reads the settings. shortcut.exe of the archive has Windows write them.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Step } from '../../cli/checklist.js';
import type { Layout } from '../layout.js';
import type { Payload } from '../payload.js';

const run = promisify(execFile);

const shortcutNames = ['ksocket (PowerShell).lnk', 'Uninstall ksocket.lnk'] as const;

export interface Shortcut {
  readonly path: string;
  readonly target: string;
  readonly arguments: string;
  readonly directory: string;
}

export const startMenuFolder = (env: NodeJS.ProcessEnv): string =>
  `${env.ProgramData || 'C:\\ProgramData'}\\Microsoft\\Windows\\Start Menu\\Programs\\Fixpoint`;

export function shortcutsOf(layout: Layout, env: NodeJS.ProcessEnv): Shortcut[] {
  const system = `${env.SystemRoot || 'C:\\Windows'}\\System32`;
  const folder = startMenuFolder(env);
  // A single quote is doubled inside a PowerShell string (about_Quoting_Rules).
  const bin = dirname(layout.launcher).replaceAll("'", "''");
  return [
    {
      path: `${folder}\\${shortcutNames[0]}`,
      target: `${system}\\WindowsPowerShell\\v1.0\\powershell.exe`,
      arguments: `-NoExit -Command "$env:PATH = '${bin};' + $env:PATH"`,
      directory: layout.home,
    },
    {
      path: `${folder}\\${shortcutNames[1]}`,
      target: `${system}\\cmd.exe`,
      // Its window would be gone with its last words. cmd.exe takes the outer quotation marks away (cmd /?).
      arguments: `/c ""${layout.uninstaller}" & pause"`,
      directory: system,
    },
  ];
}

async function write(writer: string, { path, target, arguments: words, directory }: Shortcut): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await run(writer, [path, target, words, directory], { windowsHide: true });
}

/** Nothing elsewhere. */
export function startMenuStep(layout: Layout, payload: Payload): Step[] {
  if (process.platform !== 'win32') return [];
  return [
    {
      title: 'Write the Start menu entries',
      run: async () => {
        try {
          const writer = join(payload.folder, 'shortcut.exe');
          for (const shortcut of shortcutsOf(layout, process.env)) await write(writer, shortcut);
          return { detail: startMenuFolder(process.env) };
        } catch (error) {
          // An agent without shortcuts is an agent all the same (a Windows without a desktop).
          const { stderr = '', message } = error as Error & { stderr?: string };
          return { skipped: true, detail: stderr.trim() || message };
        }
      },
    },
  ];
}

/** The uninstaller's step: the two entries, and their folder when nothing else is in it. */
export function removeShortcuts(): Step[] {
  if (process.platform !== 'win32') return [];
  return [
    {
      title: 'Remove the Start menu entries',
      run: async () => {
        const folder = startMenuFolder(process.env);
        for (const name of shortcutNames) await rm(`${folder}\\${name}`, { force: true });
        await rmdir(folder).catch(() => undefined);
        return { detail: folder };
      },
    },
  ];
}
