/** The packages of this checkout, built as an operator builds them, and a root of a small Debian to install them in. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const builder = fileURLToPath(new URL('../../installers/package/main.js', import.meta.url));

/** For this machine, unless the options name another platform. @throws Error with what the build said */
export function build(output: string, ...options: string[]): void {
  const platform = options.includes('--platform') ? [] : ['--platform', 'linux-x86_64'];
  const { status, stderr } = spawnSync(process.execPath, [builder, ...platform, '--output', output, ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`the build ended with ${status}: ${stderr}`);
}

/** Why these tests cannot run here. */
export function missing(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'packages are built on Linux x86_64';
  if (process.getuid?.() !== 0) return 'needs root for chroot';
  const programs = ['/usr/bin/dpkg-deb', '/usr/bin/rpmbuild', '/usr/bin/mmdebstrap', '/usr/bin/flex', '/usr/bin/bison'];
  const absent = programs.find((path) => !existsSync(path));
  return absent === undefined ? undefined : `${absent} is not installed`;
}

/** Debian 12 with dpkg and nothing more than is essential; no service manager, no runtime. */
export function smallDebian(parent: string): string {
  const cache = join(process.env.XDG_CACHE_HOME || join(process.env.HOME || tmpdir(), '.cache'), 'ksocket-package');
  const archive = join(cache, 'debian-12-essential.tar');
  if (!existsSync(archive)) {
    mkdirSync(cache, { recursive: true });
    execFileSync(
      'mmdebstrap',
      ['--quiet', '--variant=essential', '--include=libstdc++6', 'bookworm', `${archive}.part.tar`],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    execFileSync('mv', [`${archive}.part.tar`, archive]);
  }
  const root = mkdtempSync(join(parent, 'root-'));
  execFileSync('tar', ['--extract', '--file', archive, '--directory', root, '--exclude=./dev/*']);
  return root;
}

export function temporary(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-packages-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
