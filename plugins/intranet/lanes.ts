/** Which addresses are asked together, and by what: one lane for each link, one for what lies behind routers, one for loopback. */
import { type Address, familyOf, type Host, type ScanCall } from 'ksocket/plugin';
import type { Outcome } from './entry.js';
import { Lane } from './lane.js';
import { Pace } from './pace.js';
import { openArp } from './probes/arp.js';
import { openEcho } from './probes/echo.js';
import { openKnock } from './probes/knock.js';
import { openNd } from './probes/nd.js';
import { NeighbourTable, openNeighbourTable } from './probes/neighbour-table.js';
import { onWindows, openWindowsLink, systemArpRate } from './probes/on-windows.js';
import { isObstacle, type Obstacle } from './probes/probe.js';
import { openSyn } from './probes/syn.js';
import { openTcp } from './probes/tcp.js';
import { openTimestamp } from './probes/timestamp.js';
import { openWindowsEcho } from './probes/windows-echo.js';
import { openIcmpSocket } from './sockets/icmp-socket.js';
import type { Carrier } from './sockets/link.js';
import { synObstacle } from './sockets/syn-socket.js';
import type { TcpAsker } from './sockets/tcp.js';
import { Sources } from './sources.js';
import { SubnetBudget } from './subnet-budget.js';
import { ownInterfaces } from './system/interfaces.js';
import type { Neighbourhood } from './system/neighbourhood.js';
import type { Place } from './system/topology.js';
import type { Station } from './wire/arp.js';

/** Packets a second, where it starts and what it may rise to unless the order says another bound. */
const start = 1000;
const onLinkCap = 10_000;
const routedCap = 2000;
/** The part of that rate that one network behind a router may get: 1,000 small packets a second are half a megabit. */
const subnetShare = 0.5;

export interface Scene {
  readonly host: Pick<Host<unknown>, 'clock' | 'random'>;
  readonly scan: ScanCall;
  readonly neighbourhood: Neighbourhood;
  readonly asker: TcpAsker;
  readonly carriers: readonly Carrier[];
  readonly outcome: (lane: Lane, outcome: Outcome) => void;
  /** Told once for each kind of probe that is not possible here. */
  readonly obstacle: (probe: string, obstacle: Obstacle) => void;
  readonly duplicate: (address: Address, macs: readonly [string, string]) => void;
}

type OnLink = Extract<Place, { kind: 'on-link' }>;
/** The address of this machine that packets to an address bear. */
type SourceFor = (address: Address) => Address | undefined;
/** One key of the map below: its lane, and from where its addresses are asked. */
interface Opening {
  readonly lane: Promise<Lane>;
  remember(place: Place, address: Address): void;
}

/** The lanes of one look, opened when the first address comes for them. */
export class Lanes {
  readonly #lanes = new Map<string, Opening>();
  readonly #total: Pace | undefined;
  readonly #own = new Set(ownInterfaces().map((it) => it.address));

  constructor(private readonly scene: Scene) {
    const { host, scan } = scene;
    // One bound over all lanes together.
    if (scan.maxPacketRate !== undefined)
      this.#total = new Pace(host.clock, { start: scan.maxPacketRate, cap: scan.maxPacketRate });
  }

  /** The lane for an address that is to be asked. */
  for(place: Place, address: Address): Promise<Lane> {
    const family = familyOf(address);
    const key = `${place.kind} ${place.kind === 'on-link' ? place.interface : ''} ${family}`;
    let opening = this.#lanes.get(key);
    if (opening === undefined) {
      opening = place.kind === 'on-link' ? this.#onLink(place, family) : this.#further(place, family);
      this.#lanes.set(key, opening);
    }
    opening.remember(place, address);
    return opening.lane;
  }

  async all(): Promise<Lane[]> {
    return Promise.all([...this.#lanes.values()].map((it) => it.lane));
  }

  async close(): Promise<void> {
    const lanes = await Promise.allSettled([...this.#lanes.values()].map((it) => it.lane));
    for (const it of lanes) if (it.status === 'fulfilled') await it.value.close();
  }

  #onLink(place: OnLink, family: 4 | 6): Opening {
    const sources = new Sources<Station>();
    return {
      lane: this.#stations(place, family, sources),
      remember: (at, address) => void (at.kind === 'on-link' && sources.remember(address, at.source)),
    };
  }

  async #stations(place: OnLink, family: 4 | 6, sources: Sources<Station>): Promise<Lane> {
    const { host, scan, obstacle, carriers } = this.scene;
    // A platform that has no carrier by default: nothing is amiss.
    if (carriers.length === 0) return this.#withoutFrames(family, (address) => sources.of(address)?.address);
    const lane = this.#lane(start, scan.maxPacketRate ?? onLinkCap);
    const scene = {
      interface: place.interface,
      ownMac: place.source.mac,
      sourceFor: (address: Address) => sources.of(address),
      hearing: lane.hearing,
      clock: host.clock,
      log: scan.log,
    };
    const probe = family === 4 ? await openArp({ ...scene, carriers }) : await openNd(scene);
    if (!isObstacle(probe)) {
      lane.onLink = true;
      lane.use(probe);
      return lane;
    }
    obstacle(family === 4 ? 'arp' : 'nd', probe);
    return this.#withoutFrames(family, (address) => sources.of(address)?.address);
  }

  /** The kernel asks by ARP or neighbour discovery whenever it has to send something; what it found out is read last. */
  async #withoutFrames(family: 4 | 6, sourceFor: SourceFor): Promise<Lane> {
    const { host, scan, neighbourhood, asker, obstacle } = this.scene;
    const rate = Math.min(systemArpRate(), scan.maxPacketRate ?? systemArpRate());
    const lane = this.#lane(rate, rate);
    lane.onLink = true;
    const table = new NeighbourTable(neighbourhood, host.clock);
    await table.begin();
    lane.macOf = (address) => table.mac(address);
    if (onWindows && family === 4) {
      const { clock, random } = host;
      const parts = { hearing: lane.hearing, clock, random, scan, asker, table, obstacle };
      for (const probe of await openWindowsLink(parts)) lane.use(probe);
      return lane;
    }
    await this.#useIcmpAndTcp(lane, family, sourceFor, true);
    lane.use(openKnock({ hearing: lane.hearing, scan }));
    lane.use(openNeighbourTable({ hearing: lane.hearing, table }));
    return lane;
  }

  /** Behind a router; or on loopback, where ICMP tells nothing more than TCP. */
  #further(place: Place, family: 4 | 6): Opening {
    const sources = new Sources<Address | undefined>();
    return {
      lane: place.kind === 'loopback' ? this.#loopback() : this.#routed(family, (address) => sources.of(address)),
      remember: (at, address) => void (at.kind === 'routed' && sources.remember(address, at.source)),
    };
  }

  async #loopback(): Promise<Lane> {
    const { scan, asker } = this.scene;
    const lane = this.#lane(start, scan.maxPacketRate ?? onLinkCap);
    lane.use(openTcp({ hearing: lane.hearing, asker, onLink: false }));
    lane.use(openKnock({ hearing: lane.hearing, scan }));
    return lane;
  }

  async #routed(family: 4 | 6, sourceFor: SourceFor): Promise<Lane> {
    const { scan } = this.scene;
    const cap = scan.maxPacketRate ?? routedCap;
    const lane = this.#lane(start, cap, new SubnetBudget(this.scene.host.clock, cap * subnetShare));
    await this.#useIcmpAndTcp(lane, family, sourceFor, false);
    lane.use(openKnock({ hearing: lane.hearing, scan }));
    return lane;
  }

  /** Echo, the time, SYN packets: as much of it as this machine is allowed, with connects in place of SYN packets. */
  async #useIcmpAndTcp(lane: Lane, family: 4 | 6, sourceFor: SourceFor, onLink: boolean): Promise<void> {
    const { host, scan, obstacle, asker } = this.scene;
    const { hearing } = lane;
    const isOwn = (address: Address) => this.#own.has(address);
    const parts = { isOwn, hearing, clock: host.clock, random: host.random };
    const connects = (why: Obstacle | undefined) => {
      if (why !== undefined) obstacle('tcp-syn', why);
      lane.use(openTcp({ hearing, asker, onLink }));
    };

    if (onWindows) {
      const echo = family === 4 ? await openWindowsEcho(parts) : undefined;
      if (echo !== undefined && isObstacle(echo)) obstacle('icmp-echo', echo);
      else if (echo !== undefined) lane.use(echo);
      connects(undefined);
      return;
    }
    const socket = await openIcmpSocket(family);
    if (isObstacle(socket)) {
      obstacle('icmp-echo', socket);
      connects(await synObstacle());
      return;
    }
    lane.use(openEcho({ ...parts, socket }));
    if (socket.kind === 'ping') {
      connects(await synObstacle());
      return;
    }
    if (family === 4) lane.use(openTimestamp({ ...parts, socket }));
    const permits = (address: Address, port: number) => scan.permits(address, port);
    const syn = await openSyn({ ...parts, family, icmp: socket, sourceFor, permits });
    if (isObstacle(syn)) connects(syn);
    else lane.use(syn);
  }

  #lane(from: number, cap: number, budget?: SubnetBudget): Lane {
    const { host, scan, outcome } = this.scene;
    const lane: Lane = new Lane({
      clock: host.clock,
      random: host.random,
      pace: new Pace(host.clock, { start: from, cap }, this.#total),
      permits: (address) => scan.permits(address),
      outcome: (it) => outcome(lane, it),
      duplicate: this.scene.duplicate,
      budget,
    });
    return lane;
  }
}
