/** What deb and rpm put on a machine: the installation that ksinstall would make at its default home, in slot a, without answers. */
import { copyFile, cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from './checkout.js';
import { normalise, type Release } from './payload.js';

export const home = '/opt/fixpoint/ksocket';
/** The one file whose content is the operator's; it never changes between versions, so that no upgrade has to ask. */
export const settingsFile = `${home}/etc/ksocket/ksocket.toml`;
export const scripts = join(checkout, 'installers', 'linux', 'system');

/** Other files of etc/ksocket are ours and come anew with each version. */
const collectors = ['ssh', 'winrm', 'snmp'];

export async function makeSystemTree(payload: string, root: string, { epoch }: Release): Promise<void> {
  const base = join(root, home);
  const etc = join(base, 'etc', 'ksocket');
  const slot = join(base, 'usr', 'lib', 'ksocket', 'slots', 'a');
  for (const folder of [slot, join(base, 'bin'), join(base, 'var/lib/ksocket'), join(base, 'var/log/ksocket')])
    await mkdir(folder, { recursive: true });
  for (const part of ['app', 'node', 'slot.json']) await cp(join(payload, part), join(slot, part), { recursive: true });
  await copyFile(join(payload, 'launcher', 'bin', 'ksocket'), join(base, 'bin', 'ksocket'));
  await makeEtc(join(payload, 'app', 'config-schema', 'generated'), etc);
  await mkdir(join(root, 'usr', 'bin'), { recursive: true });
  await normalise(root, epoch);
  await symlink(`${home}/bin/ksocket`, join(root, 'usr', 'bin', 'ksocket'));
}

async function makeEtc(generated: string, etc: string): Promise<void> {
  await mkdir(etc, { recursive: true });
  await copyFile(join(scripts, 'ksocket.toml'), join(etc, 'ksocket.toml'));
  const names = await readdir(generated);
  for (const name of names)
    if (/^(?:ksocket|policy)\./.test(name)) await copyFile(join(generated, name), join(etc, name));
  for (const collector of collectors) {
    const folder = join(etc, 'credentials', collector);
    await mkdir(folder, { recursive: true });
    const [skeleton, schema] = [`credential.${collector}.toml.skeleton`, `credential.${collector}.schema.json`];
    if (names.includes(skeleton)) await copyFile(join(generated, skeleton), join(folder, '999-example.toml.skeleton'));
    if (names.includes(schema)) await copyFile(join(generated, schema), join(folder, schema));
  }
}
