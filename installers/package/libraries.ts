/** The libraries of one platform, ready to be copied: our lockfile's, with their native parts, without what never runs. */
import { copyFile, cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, keyOf } from './cache.js';
import { checkout } from './checkout.js';
import { command } from './command.js';
import { addNativeParts } from './native.js';
import type { Platform } from './pins.js';
import { prune } from './prune.js';
import { fetchPackage } from './registry.js';

/** node_modules of one platform from our lockfile, with its native parts, kept for the next build. */
export async function libraries(platform: Platform): Promise<string> {
  const inputs = ['package.json', 'package-lock.json', '.npmrc'];
  const own = ['libraries', 'native', 'prune', 'libpcap', 'compiler'].map(
    (name) => new URL(`./${name}.js`, import.meta.url),
  );
  const texts = await Promise.all(
    [...inputs.map((it) => join(checkout, it)), ...own].map((it) => readFile(it, 'utf8')),
  );
  return cached(`libraries-${platform.name}-${keyOf(platform, texts)}`, async (folder) => {
    for (const name of inputs) await copyFile(join(checkout, name), join(folder, name));
    const { os, cpu } = platform;
    const options = [`--os=${os}`, `--cpu=${cpu}`, ...(os === 'linux' ? ['--libc=glibc'] : [])];
    await command('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...options], {
      cwd: folder,
    });
    const nodeModules = join(folder, 'node_modules');
    if (platform.os === 'linux') await addNativeParts(platform, nodeModules);
    else {
      await rm(join(nodeModules, 'pcap'), { recursive: true, force: true });
      const sqlite = join(nodeModules, 'better-sqlite3');
      await rm(sqlite, { recursive: true });
      await cp(await fetchPackage(platform.sqlite), sqlite, { recursive: true });
      await keepOnly(join(sqlite, 'prebuilds'), `${os}-${cpu}.node`);
    }
    await prune(folder);
  });
}

/** The binaries of other systems would be half of what the archive's libraries take. @throws Error without ours */
async function keepOnly(folder: string, ours: string): Promise<void> {
  const names = await readdir(folder);
  if (!names.includes(ours)) throw new Error(`${folder} has no ${ours}`);
  for (const name of names) if (name !== ours) await rm(join(folder, name), { recursive: true });
}
