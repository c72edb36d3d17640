/**
 * Start > Fixpoint on Windows (chapters 1.4.2 and 2.1.2 of the manual): a PowerShell in which `ksocket` works, and the uninstaller. A
 * shortcut is a file that only Windows' own scripting object writes.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Step } from '../../cli/checklist.js';
import type { Layout } from '../layout.js';

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
      target: layout.uninstaller,
      arguments: '',
      directory: system,
    },
  ];
}

/** The values come by the environment, so that no name of a folder is ever read as a command. */
const script = [
  '$link = (New-Object -ComObject WScript.Shell).CreateShortcut($env:KS_PATH)',
  '$link.TargetPath = $env:KS_TARGET',
  '$link.Arguments = $env:KS_ARGUMENTS',
  '$link.WorkingDirectory = $env:KS_DIRECTORY',
  '$link.Save()',
].join('; ');

async function write({ path, target, arguments: words, directory }: Shortcut): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await run('powershell', ['-NoProfile', '-NonInteractive', '-Command', script], {
    env: { ...process.env, KS_PATH: path, KS_TARGET: target, KS_ARGUMENTS: words, KS_DIRECTORY: directory },
    windowsHide: true,
  });
}

/** Nothing elsewhere. */
export function startMenuStep(layout: Layout): Step[] {
  if (process.platform !== 'win32') return [];
  return [
    {
      title: 'Write the Start menu entries',
      run: async () => {
        try {
          for (const shortcut of shortcutsOf(layout, process.env)) await write(shortcut);
          return { detail: startMenuFolder(process.env) };
        } catch {
          // An agent without shortcuts is an agent all the same (Server Core, policies against scripts).
          return { skipped: true, detail: 'PowerShell could not write them' };
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
