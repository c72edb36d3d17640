/** Tells what this machine lacks for a lab, so that a test or the demo can say it instead of failing halfway. */

import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { run, searchPath } from './run.js';

/** Program → the Debian package that brings it. */
const programs = {
  ip: 'iproute2',
  sshd: 'openssh-server',
  'ssh-keygen': 'openssh-client',
  snmpd: 'snmpd',
  openssl: 'openssl',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
} as const;

/** What a lab takes from the kernel, tried out in a namespace that ends with the trial. */
const trial = `set -e
ip link add name br0 type bridge
ip link add name veth0 type veth peer name veth1
mount -n -t overlay overlay -o ro,lowerdir=/usr:/etc /mnt`;

async function found(program: string): Promise<boolean> {
  for (const folder of searchPath.split(':').filter((path) => path !== '')) {
    const there = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return true;
  }
  return false;
}

/** Names of what is missing (`root`, Debian packages, a kernel feature); empty when a lab can be built here. */
export async function labMissing(): Promise<string[]> {
  if (process.platform !== 'linux') return ['Linux'];
  const missing = new Set<string>();
  if (process.getuid?.() !== 0) missing.add('root');
  for (const [program, source] of Object.entries(programs)) if (!(await found(program))) missing.add(source);
  if (missing.size > 0) return [...missing];
  try {
    await run('unshare', ['--net', '--mount', '--uts', '--ipc', '--pid', '--fork', 'sh', '-c', trial]);
  } catch (error) {
    return [`namespaces with bridge, veth and overlayfs (${error instanceof Error ? error.message : error})`];
  }
  return [];
}
