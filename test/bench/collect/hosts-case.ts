/** Some contenders read the same hosts, in turn, so many times each; of each the run in the middle counts. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agents } from './agents.js';
import { ansible, bulkWalkPool, type Contender, ours, plainLibrary } from './contender.js';
import { snmpCredentials, sshCredentials } from './credentials.js';
import { Fleet } from './fleet.js';
import { measure } from './measured.js';
import { Place } from './place.js';
import { median, type Row } from './row.js';

export interface Wanted {
  /** Namespaces: of an SSH case each with a server, of an SNMP case each with a process that plays its agents. */
  readonly stations: number;
  /** Hosts as the contenders see them: an address each, so that a station may stand for several. */
  readonly hosts: number;
  readonly atOnce: readonly number[];
  readonly runs: number;
  readonly peers: boolean;
}

export interface AgentsWanted extends Wanted {
  readonly latencyMs: readonly [number, number];
  readonly protocol: 'v2c' | 'v3';
}

type Say = (line: string) => void;

/** Unix hosts with an OpenSSH server; the peer is Ansible. `updates`: see Fleet. */
export function sshCase(wanted: Wanted & { readonly updates: boolean }, say: Say): Promise<Row[]> {
  return withPlace(wanted.stations, async (place, folder) => {
    const fleet = await Fleet.start(place, folder, wanted.updates);
    try {
      const addresses = place.addresses(wanted.hosts);
      const own = ours('ksocket, details by SSH', await sshCredentials(folder, fleet.key), addresses);
      const peers = wanted.peers ? await ansible(folder, fleet.key, addresses) : [];
      return await compete([own, ...peers], wanted, { place, targets: fleet, say });
    } finally {
      await fleet.stop();
    }
  });
}

/** Switches that answer late; the peers are the plain library and the program of net-snmp. */
export function agentsCase(wanted: AgentsWanted, say: Say): Promise<Row[]> {
  return withPlace(wanted.stations, async (place, folder) => {
    const addresses = place.addresses(wanted.hosts);
    const { latencyMs, protocol } = wanted;
    const agents = await Agents.start(place, { device: 'switch', size: 24, addresses, latencyMs, protocol });
    try {
      const own = ours('ksocket, details by SNMP', await snmpCredentials(folder, protocol), addresses);
      const peers = wanted.peers ? [plainLibrary(addresses, 25, protocol), bulkWalkPool(addresses, protocol)] : [];
      return await compete([own, ...peers], wanted, { place, targets: agents, say });
    } finally {
      await agents.stop();
    }
  });
}

interface Scene {
  readonly place: Place;
  readonly targets: { cpuSeconds(): Promise<number> };
  readonly say: Say;
}

async function compete(contenders: readonly Contender[], wanted: Wanted, scene: Scene): Promise<Row[]> {
  const rows: Row[] = [];
  for (const atOnce of wanted.atOnce) {
    const measured = contenders.map((): Row[] => []);
    for (let run = 0; run < wanted.runs; run++) {
      for (const [i, it] of contenders.entries()) {
        const row = await runOne(it, it.hosts ?? wanted.hosts, atOnce, scene);
        measured[i]?.push(row);
        const fault = row.fault ? `, ${row.fault}` : '';
        scene.say(`${row.amount} hosts, ${atOnce} at once: ${it.title}, ${row.seconds.toFixed(1)} s${fault}`);
      }
    }
    rows.push(...measured.map((it) => median(it)));
  }
  return rows;
}

async function runOne(it: Contender, amount: number, atOnce: number, { place, targets }: Scene): Promise<Row> {
  const before = await targets.cpuSeconds();
  const { output, ...measured } = await measure(place, it.command(atOnce), it.environment);
  const targetCpuSeconds = (await targets.cpuSeconds()) - before;
  const own = output === '' ? undefined : it.ours?.(output);
  return {
    ...{ contender: it.title, ours: it.ours !== undefined, amount, atOnce, ...measured, targetCpuSeconds },
    done: it.done(output),
    ...(own === undefined ? {} : { own }),
  };
}

async function withPlace(stations: number, run: (place: Place, folder: string) => Promise<Row[]>): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ksocket-bench-'));
  // The account of the servers comes here.
  await chmod(folder, 0o755);
  const place = Place.build(stations);
  try {
    return await run(place, folder);
  } finally {
    place.close();
    await rm(folder, { recursive: true, force: true });
  }
}
