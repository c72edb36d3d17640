/**
 * Writes what makes a host of the lab a machine of its own: the files that differ from this machine's, laid out as the
 * upper layers and mounts that `inside.ts` puts in place. Layout of a host's folder:
 *
 *   trees          names of the top folders that get an overlay (etc, var); TREE/upper and TREE/work beside it
 *   ssh/           becomes /etc/ssh, whole, so that the machine's own host keys are nowhere to be seen
 *   home/, root/   become /home and /root, whole, as this machine's people are not the host's
 *   apt/           becomes /var/lib/apt, empty, where the host keeps no lists of packages
 *   class/dmi/id   becomes /sys/class/dmi/id
 *   sysctl         lines `path value` for /proc/sys
 */

import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Company, Hardware, HostPlan, SnmpPlan, SshPlan } from './company.js';
import { engineId, machineId, productUuid } from './identity.js';
import { run } from './run.js';

/** The first uid of human accounts (login.defs UID_MIN); the host's own login user gets it. */
const firstUser = 1000;
/** Accounts above the humans': nobody and its like. */
const lastUser = 60_000;

async function folder(path: string, mode = 0o755): Promise<string> {
  await mkdir(path, { recursive: true });
  // The process's umask has no say in what the host looks like.
  await chmod(path, mode);
  return path;
}

async function put(path: string, text: string, mode = 0o644): Promise<void> {
  await writeFile(path, text, { mode });
  await chmod(path, mode);
}

/** Every account of this machine but people's, without a password; then the host's own user, if it is not root. */
async function accounts(etc: string, ssh: SshPlan | undefined, hash: string): Promise<void> {
  const keep = (line: string) => {
    const uid = Number(line.split(':')[2]);
    return line !== '' && (uid < firstUser || uid >= lastUser);
  };
  const passwd = (await readFile('/etc/passwd', 'utf8')).split('\n').filter(keep);
  const group = (await readFile('/etc/group', 'utf8')).split('\n').filter(keep);
  if (ssh && ssh.username !== 'root') {
    passwd.push(`${ssh.username}:x:${firstUser}:${firstUser}::/home/${ssh.username}:/bin/sh`);
    group.push(`${ssh.username}:x:${firstUser}:`);
  }
  // `*` admits no password and, unlike `!`, lets sshd take keys (sshd(8), "locked account").
  const shadow = passwd
    .map((line) => line.split(':')[0])
    .map((name) => `${name}:${name === ssh?.username ? hash : '*'}:19700:0:99999:7:::`);
  await put(join(etc, 'passwd'), `${passwd.join('\n')}\n`);
  await put(join(etc, 'group'), `${group.join('\n')}\n`);
  await put(join(etc, 'shadow'), `${shadow.join('\n')}\n`, 0o640);
}

const sshdConfig = (plan: SshPlan) => `HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys/%u
PasswordAuthentication ${plan.password === undefined ? 'no' : 'yes'}
KbdInteractiveAuthentication no
PermitRootLogin yes
# PAM would ask the machine's own modules about accounts that only this host has.
UsePAM no
UseDNS no
PidFile none
# A scan opens many sessions at once, and the lab does not test sshd's own brake.
MaxStartups 500
Subsystem sftp internal-sftp
`;

function snmpdConfig(company: Company, host: HostPlan, plan: SnmpPlan): string {
  const lines = [
    'agentaddress udp:161',
    // What only this machine's own system has to tell is no device's: its programs and memory (HOST-RESOURCES-MIB, UCD-SNMP-MIB).
    ...(plan.objectId === undefined
      ? [`rocommunity ${plan.community}`]
      : [
          'view device included .1',
          'view device excluded .1.3.6.1.2.1.25',
          'view device excluded .1.3.6.1.4.1.2021',
          `rocommunity ${plan.community} default -V device`,
        ]),
    `sysName ${host.name}.${company.domain}`,
    `sysLocation ${plan.location}`,
    `sysContact helpdesk@${company.domain}`,
    // RFC 3418, sysServices: 2 for a bridge, 4 for a router, 72 for a host with applications.
    `sysServices ${plan.services ?? (host.forwards ? 4 : 72)}`,
    `exactEngineID 0x${engineId(company, host)}`,
  ];
  if (plan.description !== undefined) lines.push(`sysDescr ${plan.description}`);
  if (plan.objectId !== undefined) lines.push(`sysObjectID ${plan.objectId}`);
  for (const [oid, type, value] of plan.variables ?? [])
    lines.push(`override .${oid} ${type} ${type === 'octet_str' ? `"${value}"` : value}`);
  return `${lines.join('\n')}\n`;
}

/** Names and modes as the kernel's dmi-id driver has them: serial numbers and the UUID are for root only. */
async function smbios(path: string, hardware: Hardware, uuid: string): Promise<void> {
  const virtual = hardware.vendor.startsWith('VMware');
  const open = {
    sys_vendor: hardware.vendor,
    product_name: hardware.product,
    product_version: virtual ? 'None' : 'Not Specified',
    bios_vendor: hardware.biosVendor,
    bios_version: hardware.biosVersion,
    bios_date: hardware.biosDate,
    board_vendor: hardware.boardVendor,
    board_name: hardware.boardName,
    chassis_vendor: virtual ? 'No Enclosure' : hardware.vendor,
    // SMBIOS type 3: 1 other, 23 rack mount.
    chassis_type: virtual ? '1' : '23',
  };
  const secret = { product_serial: hardware.serial, product_uuid: uuid, board_serial: hardware.boardSerial };
  await folder(path);
  for (const [name, value] of Object.entries(open)) await put(join(path, name), `${value}\n`, 0o444);
  for (const [name, value] of Object.entries(secret)) await put(join(path, name), `${value}\n`, 0o400);
}

/** What pid 1 of the host starts; both servers stay in the foreground, as its children. */
function startScript(host: HostPlan): string {
  const lines: string[] = [];
  // sshd runs itself again for every connection, and wants to be called by its full path for that.
  if (host.ssh) lines.push('mkdir -p /run/sshd', '"$(command -v sshd)" -D -e >>/var/log/sshd.log 2>&1 &');
  // Without SMUX, whose port 199 no device of the field has open.
  if (host.snmp)
    lines.push(
      'SNMP_PERSISTENT_DIR=/run/snmpd MIBS= snmpd -f -Le -I -smux -C -c /etc/snmp/snmpd.conf >>/var/log/snmpd.log 2>&1 &',
    );
  return `${lines.join('\n')}\n`;
}

/** Where the parts come from that several hosts share. */
export interface Shared {
  /** Folder of client keys with their public halves. */
  readonly keys: string;
  /** Password → its crypt(3) hash. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** Fills `path` for one host and returns its host key in authorized_keys form (`type base64`), if it has an sshd. */
export async function writeHost(
  company: Company,
  host: HostPlan,
  path: string,
  shared: Shared,
): Promise<string | undefined> {
  const { ssh, snmp, hardware } = host;
  // The agent's programs are the tests' own: they need the real /tmp, /var and home folders. Nobody else does.
  const trees = host === company.agent ? ['etc'] : ['etc', 'var'];
  for (const tree of trees) {
    await folder(join(path, tree));
    await folder(join(path, tree, 'upper'));
    await folder(join(path, tree, 'work'));
  }
  if (host !== company.agent) {
    await folder(join(path, 'home'));
    await folder(join(path, 'root'), 0o700);
    if (!host.packageLists) await folder(join(path, 'apt'));
  }
  await put(join(path, 'trees'), `${trees.join('\n')}\n`);
  const etc = join(path, 'etc', 'upper');
  await put(join(etc, 'hostname'), `${host.name}\n`);
  await put(join(etc, 'machine-id'), `${machineId(company, host)}\n`, 0o444);
  await put(
    join(etc, 'hosts'),
    `127.0.0.1 localhost\n127.0.1.1 ${host.name}.${company.domain} ${host.name}\n::1 localhost\n`,
  );
  // Nobody answers there, at once: the machine's own name servers are out of reach and would be waited for.
  await put(join(etc, 'resolv.conf'), `search ${company.domain}\nnameserver 127.0.0.1\n`);
  if (host.osRelease !== undefined) await put(join(etc, 'os-release'), host.osRelease);
  await put(join(etc, 'rc.local'), startScript(host), 0o755);
  if (host !== company.agent) await accounts(etc, ssh, shared.hashes.get(ssh?.password ?? '') ?? '*');
  if (snmp) {
    await folder(join(etc, 'snmp'));
    await put(join(etc, 'snmp', 'snmpd.conf'), snmpdConfig(company, host, snmp), 0o600);
  }
  if (hardware) {
    await folder(join(path, 'class'));
    await folder(join(path, 'class', 'dmi'));
    await smbios(join(path, 'class', 'dmi', 'id'), hardware, productUuid(company, host));
  }
  const sysctl = {
    // A new network namespace starts with the machine's own settings of IPv4, so both are always written.
    'net/ipv4/ip_forward': host.forwards ? 1 : 0,
    'net/ipv4/icmp_echo_ignore_all': host.ignoresPing ? 1 : 0,
  };
  await put(
    join(path, 'sysctl'),
    Object.entries(sysctl)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  await folder(join(path, 'ssh'));
  if (!ssh) return undefined;
  return writeSsh(join(path, 'ssh'), join(path, 'home'), ssh, shared.keys, host.name);
}

async function writeSsh(path: string, home: string, plan: SshPlan, keys: string, comment: string): Promise<string> {
  await put(join(path, 'sshd_config'), sshdConfig(plan));
  await folder(join(path, 'authorized_keys'));
  if (plan.key !== undefined) {
    const client = await readFile(join(keys, `${plan.key}.pub`), 'utf8');
    await put(join(path, 'authorized_keys', plan.username), client);
  }
  if (plan.username !== 'root') await chown(await folder(join(home, plan.username)), firstUser, firstUser);
  const hostKey = join(path, 'ssh_host_ed25519_key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `root@${comment}`, '-f', hostKey]);
  await chmod(`${hostKey}.pub`, 0o644);
  return (await readFile(`${hostKey}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
}
