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
  hostsOf,
  type Knock,
  type Logger,
  type OperationCall,
  parseRange,
  type ScanCall,
  type Sighting,
  tryParseAddress,
} from '../contract/index.js';
import { cleanText } from '../inventory/index.js';
import type { ReadyMode } from '../plugin-host/index.js';
import type { Outcome, ScanInput, ScanRecord } from '../wire/index.js';
import { Channel, Pool } from './channel.js';
import { type Entered, type EntranceParts, enter, limited, reasonOf } from './entrance.js';
import { type InspectionParts, inspect } from './inspection.js';
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
/** Asking a host for its neighbours is cheap; a table that takes longer is left for step 5. */
const neighbourSeconds = 60;

/** An address that is known to be alive. */
interface Alive {
  readonly target: { readonly address: Address; readonly own: boolean };
  readonly entered: Entered[];
  readonly outcomes: Outcome[];
}

interface Lead {
  readonly range: AddressRange;
  readonly source: string;
}

export class Scan {
  readonly #out = new Channel<ScanRecord>(256);
  readonly #pool = new Pool(hostsAtOnce);
  readonly #visited = new Set<Address>();
  readonly #alive: Alive[] = [];
  readonly #notes = new Set<string>();
  readonly #scope: Scope;
  readonly #start: readonly AddressRange[];
  #leads: Lead[] = [];
  #held = 0;
  readonly #counts = { probed: 0, alive: 0, entered: 0, collected: 0 };
  #expected = 0;
  #unnamed = 0;
  /** Hosts through step 4 and through step 5, whatever came of it. */
  #handled = 0;
  #detailed = 0;

  constructor(
    private readonly parts: ScanParts,
    private readonly call: OperationCall<ScanInput>,
  ) {
    const { start, allow, deny } = call.input;
    this.#start = start.map(parseRange);
    this.#scope = new Scope({
      allow: allow.map(parseRange),
      deny: deny.map(parseRange),
      start: this.#start,
      policy: parts.policy,
      own: parts.apart,
      onLink: parts.onLink,
    });
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
      await Promise.all(this.#alive.flatMap((a) => a.entered).map((e) => e.close()));
    }
  }

  async #steps(signal: AbortSignal): Promise<void> {
    for (const book of this.parts.books.values()) {
      for (const { name, reason } of book.broken)
        await this.#finding('credential-file', `${name} is not used: ${reason}`);
    }
    const scanCall = this.#scanCall(signal);
    await this.#candidates(scanCall);
    while (this.#leads.length > 0 && !signal.aborted) {
      const leads = this.#leads;
      this.#leads = [];
      await this.#look(leads, scanCall);
      // Step 5 does not begin while new candidates appear.
      await this.#pool.idle();
    }
    await this.#pool.idle();
    if (signal.aborted) return;
    if (this.call.input.collect) {
      for (const alive of this.#alive) this.#pool.add(() => this.#details(alive, signal));
      await this.#pool.idle();
    }
    if (signal.aborted) return;
    await this.#out.push({ type: 'summary', counts: { ...this.#counts }, notes: [...this.#notes].slice(0, 1000) });
  }

  /** Step 1. */
  async #candidates(scanCall: ScanCall): Promise<void> {
    for await (const candidate of this.parts.mode.parts.candidates(scanCall)) {
      if ('range' in candidate) this.#leads.push(candidate);
      else await this.#sighted(candidate.sighting, candidate.source, scanCall.signal);
    }
  }

  /** Steps 2 and 3. */
  async #look(leads: readonly Lead[], scanCall: ScanCall): Promise<void> {
    const { mode } = this.parts;
    if (mode.parts.look === undefined) return;
    const sources = new Map<Address, string>();
    const addresses = [...this.#admitted(leads, sources)];
    if (addresses.length === 0) return;
    this.#expected += addresses.length;
    for await (const sighting of mode.parts.look(addresses, scanCall)) {
      this.#counts.probed += 1;
      const source = sources.get(sighting.addresses[0] ?? '') ?? sourceOf(leads, sighting.addresses[0]);
      if (sighting.alive === 'yes') await this.#sighted(sighting, source, scanCall.signal);
      this.#progress();
    }
  }

  /** Addresses of the leads that may be looked at and have not been. Single addresses keep their source. */
  *#admitted(leads: readonly Lead[], sources: Map<Address, string>): Generator<Address> {
    for (const { range, source } of leads) {
      for (const address of hostsOf(range)) {
        if (this.#visited.has(address)) continue;
        if (this.#visited.size >= this.parts.maxAddresses) {
          this.#notes.add(`stopped at ${this.parts.maxAddresses} addresses (operations.maxAddresses); there were more`);
          return;
        }
        if (this.#scope.excludes(address) !== undefined) continue;
        this.#visited.add(address);
        if (range.first === range.last) sources.set(address, source);
        yield address;
      }
    }
  }

  /** Somebody is there: reported at once, entered as soon as there is room. */
  async #sighted(sighting: Sighting, source: string, signal: AbortSignal): Promise<void> {
    const addresses = [...new Set(sighting.addresses.map(tryParseAddress).filter((a) => a !== undefined))];
    this.#unnamed += addresses.length === 0 ? 1 : 0;
    const node = addresses[0] ?? `unnamed:${this.#unnamed}`;
    for (const address of addresses) this.#visited.add(address);
    const { mac, names, services, evidence } = sighting;
    await this.#out.push({
      type: 'sighting',
      node,
      addresses,
      alive: sighting.alive,
      evidence: evidence.slice(0, 100).map(({ probe, answer, port, rttMs }) => ({
        probe: cleanText(probe),
        answer: cleanText(answer).slice(0, 256),
        ...(port === undefined ? {} : { port }),
        ...(rttMs === undefined ? {} : { rttMs: Math.round(rttMs * 1000) / 1000 }),
      })),
      source,
      ...(mac ? { mac } : {}),
      ...(names?.length
        ? { names: names.slice(0, 100).map((n) => ({ name: cleanText(n.name).slice(0, 256), source: n.source })) }
        : {}),
      ...(services?.length ? { services: services.slice(0, 1000).map((s) => ({ ...s })) } : {}),
      at: this.#now(),
    });
    for (const section of sighting.sections ?? []) {
      await this.#out.push({
        type: 'section',
        node,
        name: section.name,
        data: section.data as Record<string, unknown>,
        state: section.state,
        provenance: { collector: source, at: this.#now(), durationMs: 0 },
      });
    }
    if (sighting.alive !== 'yes') return;
    this.#counts.alive += 1;
    if (addresses[0] === undefined || !this.call.input.collect) return;
    const alive: Alive = {
      target: { address: addresses[0], own: this.parts.ownAddresses.has(addresses[0]) },
      entered: [],
      outcomes: [],
    };
    this.#alive.push(alive);
    this.#pool.add(() => this.#enter(alive, signal));
  }

  /** Step 4 at one address. */
  async #enter(alive: Alive, signal: AbortSignal): Promise<void> {
    for (const ready of this.parts.collectors) {
      if (signal.aborted) return;
      const { entered, outcome } = await enter(this.parts, ready, alive.target, signal);
      alive.outcomes.push(outcome);
      if (entered === undefined) continue;
      alive.entered.push(entered);
      await this.#neighbours(alive, entered, signal);
      if (this.#held >= heldSessions) await entered.close();
      else this.#held += 1;
    }
    if (alive.entered.length > 0) this.#counts.entered += 1;
    this.#handled += 1;
    this.#progress();
  }

  async #neighbours(alive: Alive, entered: Entered, signal: AbortSignal): Promise<void> {
    const { address } = alive.target;
    const place = `neighbours of ${address} by ${entered.ready.collector.name}`;
    try {
      await limited(
        this.parts,
        signal,
        place,
        async (inner) => {
          for await (const neighbour of entered.session.neighbours()) {
            if (inner.aborted) return;
            const known = tryParseAddress(neighbour.address);
            if (known === undefined || this.#visited.has(known)) continue;
            this.#leads.push({ range: parseRange(known), source: `${neighbour.source} of ${address}` });
          }
        },
        undefined,
        neighbourSeconds,
      );
    } catch (error) {
      this.parts.log.info(asFailure(error, place).message);
    }
  }

  /** Step 5 at one address. */
  async #details(alive: Alive, signal: AbortSignal): Promise<void> {
    const { address } = alive.target;
    const outcomes: Outcome[] = [];
    for (const outcome of alive.outcomes) {
      const entered = alive.entered.find((e) => e.ready.collector.name === outcome.collector);
      if (entered === undefined || signal.aborted) {
        outcomes.push(outcome);
        continue;
      }
      const parts = {
        clock: this.parts.clock,
        emit: (r: ScanRecord) => this.#out.push(r),
        sighted: (s: Sighting) => this.#sighted(s, `${outcome.collector} of ${address}`, signal),
      };
      outcomes.push(await this.#inspect(parts, address, entered, outcome, signal));
    }
    if (outcomes.some((o) => o.result === 'ok' || o.result === 'partial')) this.#counts.collected += 1;
    this.#detailed += 1;
    await this.#out.push({ type: 'node', node: address, outcomes, at: this.#now() });
    this.#progress();
  }

  async #inspect(
    parts: InspectionParts,
    address: Address,
    held: Entered,
    outcome: Outcome,
    signal: AbortSignal,
  ): Promise<Outcome> {
    let entered = held;
    try {
      if (!held.open) entered = await held.again(signal);
      return await inspect(parts, address, entered, outcome.tried, signal);
    } catch (error) {
      const fault = asFailure(error, `${outcome.collector} at ${address}`);
      return { ...outcome, result: 'failed', ...reasonOf(fault) };
    } finally {
      await entered.close();
    }
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

  async #finding(kind: string, text: string): Promise<void> {
    this.#notes.add(text.slice(0, 1024));
    this.parts.log.error(text);
    await this.#out.push({ type: 'finding', kind, text: text.slice(0, 1024) });
  }

  /** A host costs more than a silent address: it is weighed as one for entering and one for its details. */
  #progress(): void {
    const { probed, alive, entered, collected } = this.#counts;
    this.call.progress({
      done: probed + this.#handled + this.#detailed,
      total: Math.max(this.#expected + this.#alive.length * 2, 1),
      note: `${probed} of ${this.#expected} addresses looked at, ${alive} alive, ${entered} entered, ${collected} collected`,
    });
  }

  #now(): string {
    return new Date(this.parts.clock.now()).toISOString();
  }
}

/** For an address of a larger range: the lead that holds it. */
function sourceOf(leads: readonly Lead[], address: Address | undefined): string {
  if (address === undefined) return 'scan';
  const value = parseRange(address).first;
  return leads.find((l) => value >= l.range.first && value <= l.range.last)?.source ?? 'scan';
}
