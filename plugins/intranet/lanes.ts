/** Which addresses are asked together, and by what: one lane for each link, one for what lies behind routers, one for loopback. */
import type { Address, Host, ScanCall } from 'ksocket/plugin';
import { Lane, type Outcome } from './lane.js';
import { Pace } from './pace.js';
import { openArp } from './probes/arp.js';
import { openLinkProbes, openSystemEcho, systemArpRate } from './probes/by-platform.js';
import { openKnock } from './probes/knock.js';
import { NeighbourTable } from './probes/neighbour-table.js';
import { isObstacle, type Obstacle, type Probe } from './probes/probe.js';
import { openTcp } from './probes/tcp.js';
import type { Carrier } from './sockets/link.js';
import type { TcpAsker } from './sockets/tcp.js';
import type { Neighbourhood } from './system/neighbourhood.js';
import type { Place, Topology } from './system/topology.js';

/** Packets a second, where it starts and what it may rise to unless the order says another bound. */
const start = 1000;
const onLinkCap = 10_000;
const routedCap = 2000;

export interface Scene {
  readonly host: Pick<Host<unknown>, 'clock' | 'random'>;
  readonly scan: ScanCall;
  readonly topology: Topology;
  readonly neighbourhood: Neighbourhood;
  readonly asker: TcpAsker;
  readonly carriers: readonly Carrier[];
  readonly outcome: (lane: Lane, outcome: Outcome) => void;
  /** Told once for each kind of probe that is not possible here. */
  readonly obstacle: (probe: string, obstacle: Obstacle) => void;
}

/** The lanes of one look, opened when the first address comes for them. */
export class Lanes {
  readonly #lanes = new Map<string, Promise<Lane>>();
  readonly #total: Pace | undefined;

  constructor(private readonly scene: Scene) {
    const { host, scan } = scene;
    // One bound over all lanes together.
    if (scan.maxPacketRate !== undefined)
      this.#total = new Pace(host.clock, { start: scan.maxPacketRate, cap: scan.maxPacketRate });
  }

  /** The lane for an address that is to be asked. */
  for(place: Place, address: Address): Promise<Lane> {
    const key =
      place.kind === 'on-link' ? `on-link ${place.interface}` : `${place.kind} ${address.includes(':') ? 6 : 4}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = place.kind === 'on-link' ? this.#onLink(place) : this.#further(place, address);
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  async all(): Promise<Lane[]> {
    return Promise.all(this.#lanes.values());
  }

  async close(): Promise<void> {
    const lanes = await Promise.allSettled(this.#lanes.values());
    for (const it of lanes) if (it.status === 'fulfilled') await it.value.close();
  }

  async #onLink(place: Extract<Place, { kind: 'on-link' }>): Promise<Lane> {
    const { host, scan, topology, carriers, obstacle } = this.scene;
    // A platform that has none by default: nothing is amiss.
    if (carriers.length === 0) return this.#withoutArp();
    const lane = this.#lane(start, scan.maxPacketRate ?? onLinkCap);
    const arp = await openArp({
      interface: place.interface,
      ownMac: place.source.mac,
      carriers,
      sourceFor: (address) => {
        const now = topology.place(address);
        return now.kind === 'on-link' ? now.source : undefined;
      },
      hearing: lane.hearing,
      clock: host.clock,
      log: scan.log,
    });
    if (!isObstacle(arp)) {
      lane.use(arp);
      return lane;
    }
    obstacle('arp', arp);
    return this.#withoutArp();
  }

  /** The system asks by ARP whenever it has to send something; what it found out is read from its table. */
  async #withoutArp(): Promise<Lane> {
    const { host, scan, neighbourhood, asker, obstacle } = this.scene;
    const rate = Math.min(systemArpRate(), scan.maxPacketRate ?? systemArpRate());
    const lane = this.#lane(rate, rate);
    const table = new NeighbourTable(neighbourhood, host.clock);
    await table.begin();
    lane.macOf = (address) => table.mac(address);
    const { clock, random } = host;
    const scene = { hearing: lane.hearing, clock, random, scan, asker, table, obstacle };
    for (const probe of await openLinkProbes(scene)) lane.use(probe);
    return lane;
  }

  /** Behind a router; or on loopback, where ICMP tells nothing more than TCP. */
  async #further(place: Place, address: Address): Promise<Lane> {
    const { scan, asker } = this.scene;
    const loopback = place.kind === 'loopback';
    const lane = this.#lane(start, scan.maxPacketRate ?? (loopback ? onLinkCap : routedCap));
    if (!loopback && !address.includes(':')) await this.#useEcho(lane);
    lane.use(openTcp({ hearing: lane.hearing, asker, onLink: false }));
    lane.use(openKnock({ hearing: lane.hearing, scan }));
    return lane;
  }

  async #useEcho(lane: Lane): Promise<void> {
    const { host, obstacle } = this.scene;
    const echo: Probe | Obstacle = await openSystemEcho({
      hearing: lane.hearing,
      clock: host.clock,
      random: host.random,
    });
    if (isObstacle(echo)) obstacle('icmp-echo', echo);
    else lane.use(echo);
  }

  #lane(from: number, cap: number): Lane {
    const { host, scan, outcome } = this.scene;
    const lane: Lane = new Lane({
      clock: host.clock,
      random: host.random,
      pace: new Pace(host.clock, { start: from, cap }, this.#total),
      permits: (address) => scan.permits(address),
      outcome: (it) => outcome(lane, it),
      duplicate: (address, macs) => scan.log.warn('two stations answer for one address', { address, macs }),
    });
    return lane;
  }
}
