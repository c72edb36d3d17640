/** A package for Red Hat, SUSE and their kin, by rpmbuild. */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from './command.js';
import type { Release } from './payload.js';
import type { LinuxPlatform } from './pins.js';
import { home, scripts, settingsFile } from './system-tree.js';

/** @param tree what is installed, as makeSystemTree leaves it */
export async function makeRpm(
  platform: LinuxPlatform,
  release: Release,
  tree: string,
  work: string,
  target: string,
): Promise<void> {
  const top = join(work, 'rpm');
  await mkdir(top, { recursive: true });
  const spec = join(top, 'ksocket.spec');
  await writeFile(spec, await specOf(platform, release, tree));
  await command('rpmbuild', ['-bb', `--target=${platform.rpm}-linux`, `--define=_topdir ${top}`, spec], {
    env: { SOURCE_DATE_EPOCH: String(release.epoch) },
  });
  const [built] = await readdir(join(top, 'RPMS', platform.rpm));
  await copyFile(join(top, 'RPMS', platform.rpm, built!), target);
}

/** Nothing is compiled, stripped or searched for libraries here, and nothing of the building machine is written down. */
async function specOf(platform: LinuxPlatform, { version }: Release, tree: string): Promise<string> {
  const body = (name: string) => readFile(join(scripts, `${name}.sh`), 'utf8');
  const etc = `${home}/etc/ksocket`;
  return `%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
%global _buildhost reproducible
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _binary_payload w6.gzdio
%global _binary_filedigest_algorithm 8
Name: ksocket
Version: ${version}
Release: 1
Summary: Agent that learns what is really in a network
License: MIT
AutoReqProv: no
Requires: glibc >= 2.28, libstdc++, libgcc${platform.rpm === 'armv7hl' ? ', libatomic' : ''}

%description
Ksocket stands inside a network, connects out to its space, finds what is
alive around it and reports what it found. It brings its own runtime.

%install
cp -a '${tree}/.' '%{buildroot}'

%post
if [ "$1" = 1 ]; then set -- install; else set -- upgrade; fi
${await body('installed')}
%preun
[ "$1" = 0 ] || exit 0
${await body('removing')}
%postun
[ "$1" = 0 ] || exit 0
${await body('removed')}
%files
%defattr(-,root,root)
/usr/bin/ksocket
%dir /opt/fixpoint
%dir ${home}
%dir ${home}/etc
%dir ${home}/var
%dir ${home}/var/lib
%dir ${home}/var/log
${home}/bin
${home}/usr
%attr(0750,root,root) %dir ${etc}
%attr(0640,root,root) %config(noreplace) ${settingsFile}
${etc}/*.json
${etc}/ksocket.sample.toml
${etc}/credentials
%attr(0750,root,root) %dir ${home}/var/lib/ksocket
%attr(0750,root,root) %dir ${home}/var/log/ksocket
`;
}
