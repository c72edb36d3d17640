/**
 * The scan, in five steps: candidates → exclusion → liveness → new addresses from who is alive, back to exclusion, until no
 * new ones appear → details. Joins one scan mode and the collectors, which do not know each other.
 */
import { setMaxListeners } from 'node:events';
import {
  type Address,
  type AddressRange,
  asFailure,
  type Clock,
  type Failure,
  hostsOf,
  type Knock,
  type Logger,
  type Neighbour,
  type OperationCall,
  parseRange,
  type ScanCall,
  type Sighting,
  tryParseAddress,
} from '../contract/index.js';
import type { ReadyMode } from '../plugin-host/index.js';
import type { ScanInput, ScanRecord } from '../wire/index.js';
import { Admission } from './admission.js';
import { Channel, Pool } from './channel.js';
import type { EntranceParts } from './entrance.js';
import { Host, type HostParts } from './host.js';
import { untilEnded } from './limits.js';
import { type Origin, Report } from './report.js';
import { Scope } from './scope.js';
import { makeCall } from './sockets.js';

export interface ScanParts extends EntranceParts {
  readonly mode: ReadyMode;
  readonly clock: Clock;
  readonly log: Logger;
  readonly maxAddresses: number;
  readonly maxPacketRate: number | undefined;
  /** Addresses of this machine. */
  readonly ownAddresses: ReadonlySet<Address>;
  /** Addresses that are left out unless asked for by name, with why: this machine's and the space's. */
  readonly apart: ReadonlyMap<Address, string>;
  readonly onLink: readonly AddressRange[];
}

/** Hosts that are entered or inspected at once. A session costs about 1 MiB and a descriptor or two; two cores are busy at this. */
const hostsAtOnce = 32;
/** Sessions kept open between steps 4 and 5, so that a host sees one login and not two; the others are opened again. */
const heldSessions = 256;
/** Addresses judged before others get their turn: some milliseconds. */
const judgedAtOnce = 1024;
interface Lead {
  readonly range: AddressRange;
  readonly source: string;
}

export class Scan {
  readonly #out = new Channel<ScanRecord>(256);
  /** A task states its failures as outcomes; one that rejects is a fault of the scan itself and ends it. */
  readonly #pool = new Pool(hostsAtOnce, (error) => this.#out.end(asFailure(error, 'scan')));
  readonly #admission: Admission;
  /** Addresses that hosts have named as their neighbours, as they wrote them: most name the same ones. */
  readonly #heard = new Set<string>();
  readonly #hosts: Host[] = [];
  readonly #hostParts: HostParts;
  readonly #report: Report;
  readonly #start: readonly AddressRange[];
  #leads: Lead[] = [];
  #held = 0;
  readonly #counts = { probed: 0, alive: 0, entered: 0, collected: 0 };
  #expected = 0;
  /** Hosts through step 4 and through step 5, whatever came of it. */
  #handled = 0;
  #detailed = 0;

  constructor(
    private readonly parts: ScanParts,
    private readonly call: OperationCall<ScanInput>,
  ) {
    const { start, allow, deny } = call.input;
    this.#start = start.map(parseRange);
    const scope = new Scope({
      allow: allow.map(parseRange),
      deny: deny.map(parseRange),
      start: this.#start,
      policy: parts.policy,
      own: parts.apart,
      onLink: parts.onLink,
    });
    this.#admission = new Admission(scope, parts.maxAddresses);
    this.#report = new Report(parts, this.#out, this.#admission);
    this.#hostParts = {
      ...parts,
      heard: (neighbour, by) => this.#heardOf(neighbour, by),
      mayHold: () => this.#held++ < heldSessions,
      emit: (record) => this.#out.push(record),
      managed: (sighting, origin) => this.#managed(sighting, origin),
    };
  }

  async *records(): AsyncGenerator<ScanRecord> {
    const abort = new AbortController();
    const signal = AbortSignal.any([this.call.signal, abort.signal]);
    // Every host that is entered or inspected listens to it.
    setMaxListeners(0, signal);
    const work = this.#steps(signal).then(
      () => this.#out.end(),
      (error: unknown) => this.#out.end(error),
    );
    try {
      yield* this.#out;
    } finally {
      abort.abort();
      await work;
      await Promise.all(this.#hosts.map((host) => host.close()));
    }
  }

  async #steps(signal: AbortSignal): Promise<void> {
    for (const book of this.parts.books.values()) {
      for (const { name, reason } of book.broken)
        await this.#report.finding('credential-file', `${name} is not used: ${reason}`);
    }
    const fault = await this.#search(this.#scanCall(signal));
    await this.#pool.idle();
    if (signal.aborted) return;
    if (this.call.input.collect) {
      for (const host of this.#hosts) this.#pool.add(() => this.#details(host, signal));
      await this.#pool.idle();
    }
    if (signal.aborted) return;
    await this.#report.summary(this.#counts);
    if (fault !== undefined) throw fault;
  }

  /**
   * Steps 1 to 4. When the scan mode fails after something was found, what was found is worth its details: the failure is
   * returned, for the end. @throws Failure when nothing was found
   */
  async #search(scanCall: ScanCall): Promise<Failure | undefined> {
    const { signal } = scanCall;
    try {
      await this.#candidates(scanCall);
      while (this.#leads.length > 0 && !signal.aborted) {
        const leads = this.#leads;
        this.#leads = [];
        await this.#look(leads, scanCall);
        // Step 5 does not begin while new candidates appear.
        await this.#pool.idle();
      }
    } catch (error) {
      if (signal.aborted) return undefined;
      const fault = asFailure(error, this.#modePlace());
      if (this.#counts.alive === 0) throw fault;
      this.#report.note(`nothing more was looked for: ${fault.message}`);
      this.parts.log.error(fault.message, fault.cause === undefined ? {} : { cause: String(fault.cause) });
      return fault;
    }
    return undefined;
  }

  /** Step 1. */
  async #candidates(scanCall: ScanCall): Promise<void> {
    const { signal } = scanCall;
    const candidates = this.parts.mode.parts.candidates(scanCall);
    for await (const candidate of untilEnded(this.parts, signal, this.#modePlace(), candidates)) {
      if ('range' in candidate) this.#leads.push(candidate);
      else await this.#found(candidate.sighting, candidate.source, signal);
    }
  }

  /** Steps 2 and 3. */
  async #look(leads: readonly Lead[], scanCall: ScanCall): Promise<void> {
    const { mode } = this.parts;
    const { signal } = scanCall;
    if (mode.parts.look === undefined) return;
    const asked = await this.#admitted(leads, signal);
    if (asked.size === 0) return;
    this.#expected += asked.size;
    const sightings = mode.parts.look([...asked.keys()], scanCall);
    for await (const sighting of untilEnded(this.parts, signal, this.#modePlace(), sightings)) {
      this.#counts.probed += 1;
      const source = asked.get(sighting.addresses[0] ?? '') ?? 'scan';
      if (sighting.alive === 'yes') await this.#found(sighting, source, signal, asked);
      this.#progress();
    }
  }

  /** Addresses of the leads that may be looked at and have not been, each with its source. */
  async #admitted(leads: readonly Lead[], signal: AbortSignal): Promise<Map<Address, string>> {
    const asked = new Map<Address, string>();
    let judged = 0;
    for (const { range, source } of leads) {
      for (const address of hostsOf(range)) {
        if (this.#admission.admits(address, source === 'start')) asked.set(address, source);
        else if (this.#admission.stopped) return asked;
        judged += 1;
        if (judged % judgedAtOnce !== 0) continue;
        await this.parts.clock.sleep(0);
        if (signal.aborted) return asked;
      }
    }
    return asked;
  }

  /** Somebody is there: reported at once, entered as soon as there is room. */
  async #found(sighting: Sighting, source: string, signal: AbortSignal, asked?: Map<Address, string>): Promise<void> {
    const admitted = await this.#report.sighting(sighting, { source, collector: source }, asked);
    if (admitted === undefined || sighting.alive !== 'yes') return;
    this.#counts.alive += 1;
    const address = admitted.addresses[0];
    if (address === undefined || !this.call.input.collect) return;
    const host = new Host(this.#hostParts, { address, own: this.parts.ownAddresses.has(address) });
    this.#hosts.push(host);
    this.#pool.add(() => this.#enter(host, signal));
  }

  /** Step 4 at one host. */
  async #enter(host: Host, signal: AbortSignal): Promise<void> {
    if (await host.enter(signal)) this.#counts.entered += 1;
    this.#handled += 1;
    this.#progress();
  }

  #heardOf(neighbour: Neighbour, by: Address): void {
    if (this.#heard.has(neighbour.address)) return;
    const known = tryParseAddress(neighbour.address);
    if (known === undefined) return;
    this.#heard.add(neighbour.address);
    if (!this.#admission.has(known))
      this.#leads.push({ range: parseRange(known), source: `${neighbour.source} of ${by}` });
  }

  /** Step 5 at one host. */
  async #details(host: Host, signal: AbortSignal): Promise<void> {
    const outcomes = await host.details(signal);
    if (outcomes.some((o) => o.result === 'ok' || o.result === 'partial')) this.#counts.collected += 1;
    this.#detailed += 1;
    await this.#report.node(host.address, outcomes);
    this.#progress();
  }

  /**
   * What a host tells of others in step 5 is recorded and not entered: who is entered is settled by then, and a host that
   * goes on naming others cannot keep the scan from its end.
   */
  async #managed(sighting: Sighting, origin: Origin): Promise<void> {
    const admitted = await this.#report.sighting(sighting, origin);
    if (admitted === undefined) return;
    if (sighting.alive === 'yes') this.#counts.alive += 1;
    await this.#report.node(admitted.node, []);
  }

  #scanCall(signal: AbortSignal): ScanCall {
    const { parts } = this;
    const rates = [this.call.input.maxPacketRate, parts.maxPacketRate, parts.policy.maxPacketRate].filter(
      (r) => r !== undefined,
    );
    return {
      ...makeCall(parts, { signal, log: parts.log }),
      start: this.#start,
      permits: (address, port) => parts.policy.refuses(address, port) === undefined,
      knocks: (address) => this.#knocks(address),
      maxPacketRate: rates.length === 0 ? undefined : Math.min(...rates),
    };
  }

  #knocks(address: Address): Knock[] {
    return this.parts.collectors.flatMap(({ collector, parts }) =>
      parts.knock === undefined || !this.parts.policy.permitsCollector(collector.name)
        ? []
        : (this.parts.books.get(collector.name)?.matching(address) ?? []).map((file) => parts.knock!(file.credential)),
    );
  }

  #modePlace(): string {
    return `scan mode ${this.parts.mode.mode.name}`;
  }

  /** A host costs more than a silent address: it is weighed as one for entering and one for its details. */
  #progress(): void {
    const { probed, alive, entered, collected } = this.#counts;
    this.call.progress({
      done: probed + this.#handled + this.#detailed,
      total: Math.max(this.#expected + this.#hosts.length * 2, 1),
      note: `${probed} of ${this.#expected} addresses looked at, ${alive} alive, ${entered} entered, ${collected} collected`,
    });
  }
}
