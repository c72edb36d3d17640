/**
 * A small unpacked archive for tests: the shape of the real one, with links to this checkout where the real one has copies. What is
 * installed from it runs: its launcher starts the real `ksocket` of dist on the runtime of the tests.
 */
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { packageRoot } from '../../core/config/index.js';
import { platformOf } from '../../core/wire/index.js';
import { type Payload, readPayload } from '../payload.js';

/** Links stay links, so that the program takes the slot, and not this checkout, for its own place. */
const options = ['--preserve-symlinks', '--preserve-symlinks-main'];

const start = (program: string): string => `slot="$root/usr/lib/ksocket/slots/$(cat "$root/usr/lib/ksocket/active")"
exec "$slot/node/bin/node" ${options.join(' ')} "$slot/app/dist/${program}" "$@"
`;

const ksocket = `#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
export KSOCKET_HOME="$root"
${start('cli/main.js')}`;

const uninstaller = `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")
${start('installers/uninstall/main.js')}`;

export async function makeArchive(
  folder: string,
  version: string,
  platform: string = platformOf() ?? 'unknown',
): Promise<Payload> {
  const manifest = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as object;
  const files: [string, string, number][] = [
    ['slot.json', JSON.stringify({ version, platform }), 0o644],
    ['launcher/bin/ksocket', ksocket, 0o755],
    ['launcher/ksuninstall', uninstaller, 0o755],
    ['app/package.json', JSON.stringify({ ...manifest, version }), 0o644],
  ];
  for (const [name, text, mode] of files) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), mode);
  }
  await mkdir(join(folder, 'node/bin'), { recursive: true });
  await mkdir(join(folder, 'app/config-schema'), { recursive: true });
  await symlink(process.execPath, join(folder, 'node/bin/node'));
  for (const name of ['dist', 'node_modules', 'config-schema/generated'])
    await symlink(join(packageRoot, name), join(folder, 'app', name));
  return readPayload(folder);
}

/** A folder whose name has a space and letters beyond ASCII, gone after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ksocket install 設置-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The command line of the archive's ksinstall. */
export const ksinstallOf = ({ folder }: Payload): string[] => [
  process.execPath,
  ...options,
  join(folder, 'app/dist/installers/install/main.js'),
];
