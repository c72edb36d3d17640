/** A package for Debian and Ubuntu, by dpkg-deb. */
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from './command.js';
import type { Release } from './payload.js';
import type { LinuxPlatform } from './pins.js';
import { home, scripts, settingsFile } from './system-tree.js';

/** @param tree what is installed, as makeSystemTree leaves it */
export async function makeDeb(
  platform: LinuxPlatform,
  release: Release,
  tree: string,
  work: string,
  target: string,
): Promise<void> {
  const root = join(work, 'deb');
  await cp(tree, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  const control = join(root, 'DEBIAN');
  await mkdir(control);
  await writeFile(join(control, 'control'), await controlOf(platform, release, tree));
  await writeFile(join(control, 'conffiles'), `${settingsFile}\n`);
  for (const [name, text] of await maintainerScripts()) {
    await writeFile(join(control, name), text);
    await chmod(join(control, name), 0o755);
  }
  for (const path of ['etc/ksocket', 'var/lib/ksocket', 'var/log/ksocket']) await chmod(join(root, home, path), 0o750);
  await chmod(join(root, settingsFile), 0o640);
  // gzip: every dpkg reads it, and xz takes minutes where this takes seconds, for a third less.
  await command('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z6', '--build', root, target], {
    env: { SOURCE_DATE_EPOCH: String(release.epoch) },
  });
}

async function controlOf(platform: LinuxPlatform, { version }: Release, tree: string): Promise<string> {
  const size = await command('du', ['--summarize', '--apparent-size', '--block-size=1024', tree]);
  return `Package: ksocket
Version: ${version}
Architecture: ${platform.deb}
Maintainer: Ksocket developers <noreply@localhost>
Installed-Size: ${Number.parseInt(size, 10)}
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1 | libgcc1${platform.deb === 'armhf' ? ', libatomic1' : ''}
Section: net
Priority: optional
Description: agent that learns what is really in a network
 Ksocket stands inside a network, connects out to its space, finds what is
 alive around it and reports what it found. It brings its own runtime.
`;
}

async function maintainerScripts(): Promise<[string, string][]> {
  const body = (name: string) => readFile(join(scripts, `${name}.sh`), 'utf8');
  const removed = await body('removed');
  return [
    [
      'postinst',
      `#!/bin/sh\nset -e\n[ "$1" = configure ] || exit 0\nif [ -z "$2" ]; then set -- install; else set -- upgrade; fi\n${await body('installed')}`,
    ],
    ['prerm', `#!/bin/sh\nset -e\n[ "$1" = remove ] || exit 0\n${await body('removing')}`],
    [
      'postrm',
      `#!/bin/sh\nset -e\ncase $1 in remove | purge) ;; *) exit 0 ;; esac\nif [ "$1" = purge ]; then rm -rf ${home}; fi\n${removed}`,
    ],
  ];
}
