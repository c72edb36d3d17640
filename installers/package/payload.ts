/** What an archive holds: `payload/` is one slot and the launchers, and above it the file that installs it. */
import { chmod, copyFile, cp, lstat, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeApp } from './app.js';
import { checkout } from './checkout.js';
import { command } from './command.js';
import type { Platform } from './pins.js';
import { fetchPackage } from './registry.js';

/** One release: its version in four numbers and its time, which every file in it has. */
export interface Release {
  readonly version: string;
  /** Seconds since 1970: SOURCE_DATE_EPOCH, by default the time of the last commit. */
  readonly epoch: number;
}

/** Fills `folder/payload` with slot.json, node/, app/ and launcher/. */
export async function makePayload(platform: Platform, { version }: Release, folder: string): Promise<string> {
  const payload = join(folder, 'payload');
  await mkdir(payload, { recursive: true });
  await writeFile(join(payload, 'slot.json'), `${JSON.stringify({ version, platform: platform.name })}\n`);
  await makeRuntime(platform, join(payload, 'node'));
  await makeApp(platform, version, join(payload, 'app'));
  await cp(join(checkout, 'installers', ...launchers(platform)), join(payload, 'launcher'), { recursive: true });
  return payload;
}

const launchers = ({ os }: Platform): string[] => [os === 'linux' ? 'linux' : 'windows', 'launcher'];

/** Only what runs: 60 MB of headers and manuals stay behind, and 18 MB of symbols that nobody resolves on a customer's machine. */
async function makeRuntime(platform: Platform, folder: string): Promise<void> {
  const source = await fetchPackage(platform.runtime);
  const program = platform.os === 'linux' ? 'node' : 'node.exe';
  await mkdir(join(folder, 'bin'), { recursive: true });
  const [from, to] = [join(source, 'bin', program), join(folder, 'bin', program)];
  if (platform.os === 'linux') await command(platform.strip, ['--strip-unneeded', '-o', to, from]);
  else await copyFile(from, to);
  await copyFile(
    join(await fetchPackage(platform.os === 'linux' ? platform.runtime : platform.licence), 'LICENSE'),
    join(folder, 'LICENSE'),
  );
}

/** The same modes and times whoever builds: 0755 for folders and what is executable, 0644 for the rest. */
export async function normalise(path: string, epoch: number): Promise<void> {
  const { mode } = await lstat(path);
  const isFolder = (await lstat(path)).isDirectory();
  if (isFolder) for (const name of await readdir(path)) await normalise(join(path, name), epoch);
  await chmod(path, isFolder || isProgram(path, mode) ? 0o755 : 0o644);
  await utimes(path, epoch, epoch);
}

/** A library that came executable from its registry is none. */
const isProgram = (path: string, mode: number): boolean =>
  (mode & 0o100) !== 0 &&
  /\/(?:node|ksocket|ksinstall|ksuninstall|post\w+|pre\w+)$|\/dist\/(?:cli|installers\/\w+)\/main\.js$/.test(path);
