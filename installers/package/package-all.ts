/** Builds platform after platform, then what stands for all of them: checksums and their signature. */
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateKey } from '../../core/update/index.js';
import { tarball, zipFile } from './archive.js';
import { checkout } from './checkout.js';
import { readKey, writeChecksums } from './checksums.js';
import { command } from './command.js';
import { makeDeb } from './deb.js';
import type { Options } from './options.js';
import { makePayload, normalise, type Release } from './payload.js';
import type { LinuxPlatform, Platform } from './pins.js';
import { makeRpm } from './rpm.js';
import { writeSbom } from './sbom.js';
import { makeSystemTree } from './system-tree.js';
import { makeUpdateBundle } from './update-bundle.js';
import { addWindowsPrograms } from './windows-programs.js';

export async function packageAll(options: Options, tell: (line: string) => void): Promise<void> {
  const release = await releaseOf(options.build);
  const keys = await Promise.all(options.keys.map(readKey));
  await mkdir(options.output, { recursive: true });
  for (const platform of options.platforms) {
    const work = await mkdtemp(join(tmpdir(), 'ksocket-package-'));
    const built = (name: string) => {
      tell(join(options.output, name));
      return join(options.output, name);
    };
    try {
      await buildPlatform({ platform, release, work, keys, options, built });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  await writeChecksums(options.output, keys);
}

interface Build<P extends Platform = Platform> {
  readonly platform: P;
  readonly release: Release;
  /** A folder that is removed afterwards. */
  readonly work: string;
  readonly keys: readonly PrivateKey[];
  readonly options: Options;
  /** Where a file of this name goes; says that it is being written. */
  built(name: string): string;
}

async function buildPlatform(build: Build): Promise<void> {
  const { platform, release, work, keys, options, built } = build;
  const name = `ksocket-${release.version}-${platform.name}`;
  const stage = join(work, 'archive');
  const payload = await makePayload(platform, release, stage);
  if (platform.os === 'linux') await cp(join(checkout, 'installers/linux/archive'), stage, { recursive: true });
  else await addWindowsPrograms(platform, work, stage);
  await normalise(stage, release.epoch);
  if (platform.os === 'linux') await tarball(stage, built(`${name}.tar.gz`), release.epoch);
  else await zipFile(stage, built(`${name}.zip`));
  await writeSbom(platform, release, join(payload, 'app'), built(`${name}.sbom.json`));
  if (options.archivesOnly) return;
  await makeUpdateBundle(platform, release, payload, join(work, 'update'), keys, built(`${name}.update`));
  if (platform.os === 'linux') await buildSystemPackages({ ...build, platform }, payload);
}

async function buildSystemPackages(build: Build<LinuxPlatform>, payload: string): Promise<void> {
  const { platform, release, work, built } = build;
  const tree = join(work, 'tree');
  await makeSystemTree(payload, tree, release);
  await makeRpm(platform, release, tree, work, built(`ksocket-${release.version}-1.${platform.rpm}.rpm`));
  await makeDeb(platform, release, tree, work, built(`ksocket_${release.version}_${platform.deb}.deb`));
}

async function releaseOf(build: number): Promise<Release> {
  const { version } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as { version: string };
  return { version: `${version}.${build}`, epoch: await epochOf() };
}

/** reproducible-builds.org/specs/source-date-epoch */
async function epochOf(): Promise<number> {
  const given = process.env.SOURCE_DATE_EPOCH;
  const text = given || (await command('git', ['log', '-1', '--format=%ct'], { cwd: checkout }));
  const epoch = Number(text);
  if (!Number.isSafeInteger(epoch) || epoch <= 0) throw new Error(`SOURCE_DATE_EPOCH=${given} is no time in seconds`);
  return epoch;
}
