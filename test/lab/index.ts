/**
 * A small company made of Linux network namespaces, for scenario tests and the demo: hosts with real OpenSSH and net-snmp
 * servers, routers, silent hosts and addresses without a host, none of which touches any network outside.
 *
 * `buildLab` needs root; ask `labMissing` first. The lab ends with `close()` or with this process, however it ends.
 */

import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { boot } from './boot.js';
import type { Company, HostPlan } from './company.js';
import { makeKeys, writeCredentials } from './credentials.js';
import { enter } from './enter.js';
import { makeFolder, removeLeftovers } from './folder.js';
import { hinoki } from './hinoki.js';
import { writeHost } from './host-files.js';
import { engineId, machineId, macOf, productUuid } from './identity.js';
import type { Lab, LabHost } from './lab.js';
import { listening } from './listening.js';
import { openRelay } from './relay.js';
import { run } from './run.js';
import { switchOf, wire } from './wiring.js';

export type { Company, Expectation, HostPlan, SshLogin } from './company.js';
export { stepInto } from './enter.js';
export { hinoki } from './hinoki.js';
export type { Lab, LabHost } from './lab.js';
export { labMissing } from './missing.js';

export interface LabOptions {
  /** Default: `hinoki`. */
  readonly company?: Company;
}

/** crypt(3) hashes of all passwords that a host of the company takes; openssl makes them all in one go. */
async function hashPasswords(company: Company): Promise<Map<string, string>> {
  const passwords = [...new Set(company.hosts.flatMap(({ ssh }) => ssh?.password ?? []))];
  const hashes = (await run('openssl', ['passwd', '-6', '-stdin'], `${passwords.join('\n')}\n`)).trim().split('\n');
  return new Map(passwords.map((password, index) => [password, hashes[index] ?? '*']));
}

function fingerprint(hostKey: string): string {
  const hash = createHash('sha256').update(Buffer.from(hostKey.split(' ')[1] ?? '', 'base64'));
  return `SHA256:${hash.digest('base64').replace(/=+$/, '')}`;
}

function describe(company: Company, host: HostPlan, hostKey: string | undefined): LabHost {
  const { name, role, ssh, snmp, hardware, expect } = host;
  const addresses = host.links.map(({ address }) => address);
  return {
    name,
    role,
    addresses,
    macs: addresses.map((address) => macOf(host, address)),
    alive: true,
    answersPing: !host.ignoresPing,
    expect,
    machineId: machineId(company, host),
    ...(ssh && hostKey !== undefined
      ? { ssh: { login: ssh.login, username: ssh.username, fingerprint: fingerprint(hostKey) } }
      : {}),
    ...(snmp ? { snmp: { community: snmp.community, engineId: engineId(company, host) } } : {}),
    ...(hardware ? { serial: hardware.serial, product: hardware.product, uuid: productUuid(company, host) } : {}),
    synthetic: [...(host.osRelease === undefined ? [] : ['os-release']), ...(hardware ? ['smbios'] : [])],
  };
}

const deadHost = (address: string): LabHost => ({
  name: address,
  role: 'nobody',
  addresses: [address],
  macs: [],
  alive: false,
  answersPing: false,
  synthetic: [],
});

/** Writes all files of the company into `folder`; returns each host's SSH host key. */
async function furnish(company: Company, folder: string): Promise<Map<string, string | undefined>> {
  const keys = join(folder, 'keys');
  const [hashes] = await Promise.all([hashPasswords(company), makeKeys(company, keys)]);
  await writeCredentials(company, keys, join(folder, 'credentials'));
  for (const { name } of company.lans) await mkdir(join(folder, 'hosts', switchOf(name)), { recursive: true });
  const written = [company.agent, ...company.hosts].map(
    async (host) =>
      [host.name, await writeHost(company, host, join(folder, 'hosts', host.name), { keys, hashes })] as const,
  );
  return new Map(await Promise.all(written));
}

/** Builds the company and resolves when all its servers listen. Whatever was built is gone again when it throws. */
export async function buildLab(options: LabOptions = {}): Promise<Lab> {
  const company = options.company ?? hinoki;
  await removeLeftovers();
  const folder = await makeFolder();
  try {
    const hostKeys = await furnish(company, folder);
    const machines = await boot(folder, [
      ...company.lans.map(({ name }) => switchOf(name)),
      company.agent.name,
      ...company.hosts.map(({ name }) => name),
    ]);
    const lab = assemble(company, folder, hostKeys, machines.pids, machines.end);
    try {
      await wire(company, machines.pids);
      await Promise.all(
        company.hosts.flatMap(({ name, ssh, snmp }) => [
          ...(ssh ? [listening(lab.pid(name), 'tcp', 22, `sshd of ${name}`)] : []),
          ...(snmp ? [listening(lab.pid(name), 'udp', 161, `snmpd of ${name}`)] : []),
        ]),
      );
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function assemble(
  company: Company,
  folder: string,
  hostKeys: ReadonlyMap<string, string | undefined>,
  pids: ReadonlyMap<string, number>,
  end: () => Promise<void>,
): Lab {
  const { agent } = company;
  const relays = new Set<() => Promise<void>>();
  let closed: Promise<void> | undefined;

  const pid = (namespace: string) => {
    const found = pids.get(namespace);
    if (found === undefined) throw new Error(`enter ${namespace}: no such host in the lab`);
    if (closed) throw new Error(`enter ${namespace}: the lab is closed`);
    return found;
  };
  const spawn: Lab['spawn'] = (namespace, argv, options = {}) =>
    enter(pid(namespace), argv, { ...(namespace === agent.name ? { cwd: process.cwd() } : {}), ...options });
  const shutDown = async () => {
    await Promise.all([...relays].map((close) => close()));
    await end();
  };
  return {
    name: basename(folder),
    agent: { namespace: agent.name, address: agent.links[0]?.address ?? '' },
    hosts: [
      ...company.hosts.map((host) => describe(company, host, hostKeys.get(host.name))),
      ...company.dead.map(deadHost),
    ],
    networks: company.lans.map(({ network }) => network),
    credentials: join(folder, 'credentials'),
    pid,
    spawn,
    async relay(port) {
      const release = await openRelay(folder, port, (argv) =>
        spawn(agent.name, argv, { stdio: ['pipe', 'pipe', 'inherit'] }),
      );
      const close = async () => {
        if (relays.delete(close)) await release();
      };
      relays.add(close);
      return close;
    },
    close() {
      closed ??= shutDown();
      return closed;
    },
  };
}
