/** `look`: every address is asked in its lane; whoever is there is looked at a little closer, and one sighting goes out for each. */
import { setMaxListeners } from 'node:events';
import type { Address, Finding, Host, ScanCall, Sighting } from 'ksocket/plugin';
import { Crowd } from './crowd.js';
import type { Outcome } from './entry.js';
import { Fifo } from './fifo.js';
import { Gate, Outbox } from './gate.js';
import type { KernelNeighbours } from './kernel-neighbours.js';
import type { Lane } from './lane.js';
import { Lanes } from './lanes.js';
import type { ResolverHealth, Reverse } from './names/dns.js';
import { Names } from './names/names.js';
import type { Obstacles } from './obstacles.js';
import { ServiceCheck } from './services.js';
import type { Carrier } from './sockets/link.js';
import { TcpAsker } from './sockets/tcp.js';
import { Stations } from './stations.js';
import type { Neighbourhood } from './system/neighbourhood.js';
import { readTopology } from './system/read-topology.js';

/** Addresses of one round. A scan has at most so many by default; more come in rounds, so that memory stays bounded. */
const roundSize = 65_536;
/** How many are taken in before the event loop gets its turn: about 5 ms. */
const takenATurn = 1024;
/** Alive hosts whose services are asked for at once: 8 connects each. Names have a bound of their own. */
const mostCloser = 40;
/** Alive hosts under way in all: their names, services, and the wait for a second station. */
const mostAtOnce = 256;
/** How long a second station may take to answer for the same address before the sighting goes out. */
const duplicateMs = 50;

export interface Surroundings {
  readonly host: Pick<Host<unknown>, 'clock' | 'random'>;
  readonly neighbourhood: Neighbourhood;
  readonly carriers: readonly Carrier[];
  readonly health: ResolverHealth;
  readonly kernelNeighbours: KernelNeighbours;
  /** Another resolver than the machine’s own. */
  readonly resolver?: Reverse;
  readonly obstacles: Obstacles;
}

/** @throws the reason of the scan's signal */
export async function* look(
  addresses: Iterable<Address>,
  scan: ScanCall,
  around: Surroundings,
): AsyncGenerator<Sighting | Finding> {
  const source = addresses[Symbol.iterator]();
  for (let more = true; more; ) {
    const round = new Round(scan, around);
    try {
      more = await round.takeIn(source);
      yield* round.sightings();
    } finally {
      await round.close();
    }
  }
}

class Round {
  readonly #outbox = new Outbox<Sighting | Finding>();
  readonly #stations = new Stations((sighting) => this.#outbox.put(sighting));
  readonly #crowd = new Crowd(
    (sighting) => this.#stations.add(sighting),
    (finding) => this.#outbox.put(finding),
  );
  readonly #ending = new AbortController();
  readonly #signal: AbortSignal;
  readonly #asker: TcpAsker;
  readonly #services: ServiceCheck;
  readonly #names: Names;
  readonly #closer = new Gate(mostCloser);
  readonly #found = new Fifo<{ readonly lane: Lane; readonly outcome: Outcome }>();
  #busy = 0;
  #open = 0;
  #swept = false;
  #lanes: Lanes | undefined;

  constructor(
    private readonly scan: ScanCall,
    private readonly around: Surroundings,
  ) {
    this.#signal = AbortSignal.any([scan.signal, this.#ending.signal]);
    // Every open connect of the service check listens to it.
    setMaxListeners(0, this.#signal);
    this.#asker = new TcpAsker(around.host.clock, (address, port) => scan.permits(address, port));
    const { host, health, resolver } = around;
    const { clock, random } = host;
    this.#names = new Names({ scan, clock, random, asker: this.#asker, signal: this.#signal, health, resolver });
    this.#services = new ServiceCheck(scan, this.#asker, around.host.clock, this.#signal);
  }

  /** Sorts addresses into lanes; own and unroutable ones are answered at once. False when there are no more. */
  async takeIn(source: Iterator<Address>): Promise<boolean> {
    const { host, neighbourhood, carriers, obstacles } = this.around;
    const topology = await readTopology(neighbourhood);
    this.#lanes = new Lanes({
      ...{ host, neighbourhood, carriers, scan: this.scan, asker: this.#asker },
      outcome: (lane, outcome) => this.#heard(lane, outcome),
      obstacle: (probe, it) => {
        const finding = obstacles.finding(this.scan, probe, it);
        if (finding !== undefined) this.#outbox.put(finding);
      },
      duplicate: (address, macs) =>
        this.#outbox.put({
          finding: 'duplicate-ip',
          text: `two stations answer for ${address}: ${macs.join(' and ')}`,
          address,
        }),
    });
    const asked = new Set<Address>();
    for (let left = roundSize; left > 0; left -= takenATurn) {
      const { batch, more } = take(source, takenATurn);
      const fresh = [...new Set(batch)].filter((address) => !asked.has(address));
      for (const address of fresh) asked.add(address);
      const places = await topology.places(fresh);
      for (const [i, address] of fresh.entries()) {
        const place = places[i] ?? { kind: 'routed' };
        if (place.kind === 'own') this.#outbox.put(plain(address, 'yes', 'own', 'up'));
        else if (place.kind === 'no-route' || place.kind === 'broadcast')
          this.#outbox.put(plain(address, 'unknown', 'route', place.kind));
        else {
          if (place.kind === 'routed') this.#crowd.expect(address);
          (await this.#lanes.for(place, address)).add(address);
        }
      }
      if (!more) return false;
      await host.clock.sleep(0);
      this.scan.signal.throwIfAborted();
    }
    return true;
  }

  async *sightings(): AsyncGenerator<Sighting | Finding> {
    const abort = () => this.#outbox.fail(this.scan.signal.reason);
    this.scan.signal.addEventListener('abort', abort);
    if (this.scan.signal.aborted) abort();
    try {
      void this.#sweep();
      yield* this.#outbox.values();
    } finally {
      this.scan.signal.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    this.#ending.abort();
    this.#asker.close();
    this.#names.close();
    await this.#lanes?.close();
  }

  async #sweep(): Promise<void> {
    try {
      const lanes = (await this.#lanes?.all()) ?? [];
      await Promise.all(lanes.map((lane) => lane.run(this.#signal)));
      this.#swept = true;
      this.#endWhenDone();
    } catch (error) {
      this.#outbox.fail(error);
    }
  }

  #heard(lane: Lane, outcome: Outcome): void {
    const { address, alive, evidence } = outcome;
    if (alive !== 'yes') {
      this.#crowd.add({ addresses: [address], alive, evidence });
      return;
    }
    this.#open += 1;
    this.#found.push({ lane, outcome });
    if (this.#busy < mostAtOnce) this.#work().catch((error) => this.#outbox.fail(error));
  }

  /** One of those that take what was found, one after the other: a found host that waits is no more than its outcome. */
  async #work(): Promise<void> {
    this.#busy += 1;
    for (let next = this.#found.shift(); next !== undefined; next = this.#found.shift()) {
      this.#crowd.add(await this.#lookCloser(next.lane, next.outcome));
      this.#open -= 1;
      this.#endWhenDone();
    }
    this.#busy -= 1;
  }

  async #lookCloser(lane: Lane, outcome: Outcome): Promise<Sighting> {
    this.#signal.throwIfAborted();
    const { clock } = this.around.host;
    const { address, alive } = outcome;
    if (lane.onLink) await this.around.kernelNeighbours.room(this.#signal);
    const [{ services, refusal }, names, mac] = await Promise.all([
      this.#closer.through(() => this.#services.of(outcome, lane.pace)),
      this.#names.of(address, lane),
      outcome.mac ?? lane.macOf?.(address),
    ]);
    const early = outcome.mac === undefined ? 0 : outcome.at + duplicateMs - clock.monotonic();
    if (early > 0) await clock.sleep(early, this.#signal);
    lane.release(address);
    return {
      addresses: [address],
      alive,
      // Read now: a second station may have answered meanwhile.
      evidence: [...outcome.evidence, ...(refusal === undefined || isTold(outcome, 'tcp') ? [] : [refusal])],
      ...(mac === undefined ? {} : { mac }),
      ...(names.length === 0 ? {} : { names }),
      ...(services.length === 0 ? {} : { services }),
    };
  }

  #endWhenDone(): void {
    if (!this.#swept || this.#open > 0) return;
    this.#crowd.end();
    for (const finding of this.#stations.end()) this.#outbox.put(finding);
    this.#outbox.end();
  }
}

function take(source: Iterator<Address>, most: number): { batch: Address[]; more: boolean } {
  const batch: Address[] = [];
  while (batch.length < most) {
    const { value, done } = source.next();
    if (done) return { batch, more: false };
    batch.push(value);
  }
  return { batch, more: true };
}

const isTold = ({ evidence }: Outcome, probe: string): boolean =>
  evidence.some((it) => it.probe === probe && it.answer !== 'silent');

function plain(address: Address, alive: Sighting['alive'], probe: string, answer: string): Sighting {
  return { addresses: [address], alive, evidence: [{ probe, answer }] };
}
