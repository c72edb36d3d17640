/** Under which conditions the figures were measured: without them they say nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';

export interface Conditions {
  readonly kernel: string;
  readonly cores: number;
  readonly processor: string;
  readonly node: string;
  readonly peers: Readonly<Record<string, string>>;
  /** Processes that wanted to run in the minute before the first case: others' work, if more than one. */
  readonly loadBefore: number;
}

export function conditions(): Conditions {
  return {
    kernel: release(),
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    peers: {
      'ansible-core': version('ansible', '--version'),
      snmpbulkwalk: version('snmpbulkwalk', '-V'),
      OpenSSH: version('sshd', '-V'),
    },
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** Debian packages that are missing. */
export function missing(): string[] {
  const wanted = { iproute2: '/usr/sbin/ip', time: '/usr/bin/time', snmp: '/usr/bin/snmpbulkwalk' };
  const forSsh = {
    'openssh-server': '/usr/sbin/sshd',
    'openssh-client': '/usr/bin/ssh',
    'ansible-core': '/usr/bin/ansible',
  };
  return Object.entries({ ...wanted, ...forSsh }).flatMap(([name, file]) => (existsSync(file) ? [] : name));
}

/** Some write it to the standard error. */
function version(command: string, flag: string): string {
  const { stdout, stderr } = spawnSync(command, [flag], { encoding: 'utf8' });
  return /\d+\.\d[\w.]*/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}
