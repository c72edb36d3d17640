/**
 * The scan, in five steps: candidates → exclusion → liveness → new addresses from who is alive, back to exclusion, until no
 * new ones appear → details. Joins one scan mode and the collectors, which do not know each other.
 */
import { setMaxListeners } from 'node:events';
import {
  type Address,
  type AddressRange,
  asFailure,
  Checkpoint,
  type Clock,
  type Failure,
  hostsOf,
  type Knock,
  type Logger,
  type Neighbour,
  type OperationCall,
  parseRange,
  type ScanCall,
  type ScanModeParts,
  type Sighting,
  tryParseAddress,
} from '../contract/index.js';
import type { ReadyMode } from '../plugin-host/index.js';
import type { ScanInput, ScanRecord } from '../wire/index.js';
import { Admission } from './admission.js';
import { Channel, Pool } from './channel.js';
import type { EntranceParts } from './entrance.js';
import { Host, type HostParts } from './host.js';
import { type Lead, leadsOfState, leadsToState } from './leads.js';
import { untilEnded } from './limits.js';
import { ProgressMeter } from './progress.js';
import { remember } from './remember.js';
import { type Origin, Report } from './report.js';
import { Round } from './round.js';
import { Scope } from './scope.js';
import { makeCall } from './sockets.js';
import type { ScanState } from './state.js';
import { ThroughHops } from './through-hops.js';
import type { Trail } from './trail.js';
import { Turns } from './turns.js';

export interface ScanParts extends EntranceParts {
  readonly mode: ReadyMode;
  /** The mode's look, shared with the scans that run beside this one. */
  readonly look: ScanModeParts['look'];
  readonly clock: Clock;
  readonly log: Logger;
  readonly trail: Trail;
  readonly maxAddresses: number;
  readonly maxPacketRate: number | undefined;
  readonly hostsAtOnce?: number | undefined;
  /** Addresses of this machine. */
  readonly ownAddresses: ReadonlySet<Address>;
  /** Addresses that are left out unless asked for by name, with why: this machine's and the space's. */
  readonly apart: ReadonlyMap<Address, string>;
  readonly onLink: readonly AddressRange[];
}

/** Hosts that are entered or inspected at once, where nobody says otherwise. A session costs about 1 MiB and a descriptor or two; two cores are busy at this. */
const hostsAtOnce = 32;
/** Sessions kept open between steps 4 and 5, so that a host sees one login and not two; the others are opened again. */
const heldSessions = 256;
/** Addresses judged before others get their turn: some milliseconds. */
const judgedAtOnce = 1024;
/** As often as an eye follows. */
const progressMs = 100;

export class Scan {
  readonly #out = new Channel<ScanRecord | Checkpoint>(256);
  /** A task states its failures as outcomes; one that rejects is a fault of the scan itself and ends it. */
  readonly #pool: Pool;
  readonly #throughHops: ThroughHops;
  readonly #scope: Scope;
  readonly #admission: Admission;
  /** Addresses that hosts have named as their neighbours, as they wrote them: most name the same ones. */
  readonly #heard = new Set<string>();
  /** Alive, and not through step 5. */
  readonly #hosts = new Set<Host>();
  /** Those of them that count as entered. */
  readonly #entered = new Set<Host>();
  readonly #hostParts: HostParts;
  readonly #report: Report;
  readonly #start: readonly AddressRange[];
  readonly #meter: ProgressMeter;
  #leads: Lead[] = [];
  #round: Round | undefined;
  #isCandidatesDone = false;
  #held = 0;
  readonly #counts = { probed: 0, alive: 0, entered: 0, collected: 0 };
  #expected = 0;
  /** Hosts through step 4 and through step 5, whatever came of it. */
  #handled = 0;
  #finished = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #endRemembering = (): void => undefined;

  constructor(
    private readonly parts: ScanParts,
    private readonly call: OperationCall<ScanInput>,
    /** Where an earlier run of this scan was. */
    private readonly earlier?: ScanState,
  ) {
    const { start, allow, deny } = call.input;
    const failed = (error: unknown) => this.#out.end(asFailure(error, 'scan'));
    this.#pool = new Pool(parts.hostsAtOnce ?? hostsAtOnce, failed);
    this.#start = start.map(parseRange);
    this.#scope = new Scope({
      allow: allow.map(parseRange),
      deny: deny.map(parseRange),
      start: this.#start,
      policy: parts.policy,
      own: parts.apart,
      onLink: parts.onLink,
    });
    this.#meter = new ProgressMeter(parts.clock);
    this.#admission = new Admission(this.#scope, parts.maxAddresses, (address, source, why) =>
      parts.trail.say({ is: 'left', address, source, why }),
    );
    this.#report = new Report(parts, this.#out, this.#admission, parts.trail);
    this.#hostParts = {
      ...parts,
      turns: new Turns(parts.clock),
      found: (finding) => void this.#report.finding(finding),
      heard: (neighbour, by) => this.#heardOf(neighbour, by),
      mayHold: () => this.#held++ < heldSessions,
      emit: (record) => this.#report.section(record),
      managed: (sighting, origin) => this.#managed(sighting, origin),
    };
    this.#throughHops = new ThroughHops(this.#hostParts, failed, (most) =>
      this.#report.note(`more than ${most} silent addresses are behind hops; the others were not tried`),
    );
  }

  async *records(): AsyncGenerator<ScanRecord | Checkpoint> {
    const abort = new AbortController();
    const signal = AbortSignal.any([this.call.signal, abort.signal]);
    // Every host that is entered or inspected listens to it.
    setMaxListeners(0, signal);
    this.#endRemembering = remember(
      this.parts.clock,
      () => this.#state(),
      (state) => {
        this.parts.trail.flush();
        // In the channel at the same moment: what stands before it there is what the state knows of.
        return this.#out.push(new Checkpoint(state));
      },
    );
    const work = this.#steps(signal).then(
      () => this.#out.end(),
      (error: unknown) => this.#out.end(error),
    );
    try {
      yield* this.#out;
    } finally {
      this.#endRemembering();
      abort.abort();
      await work;
      await Promise.all([...this.#hosts].map((host) => host.close()));
    }
  }

  async #steps(signal: AbortSignal): Promise<void> {
    if (this.earlier === undefined) await this.#brokenFiles();
    else await this.#goOn(this.earlier, signal);
    const fault = await this.#search(this.#scanCall(signal));
    await this.#idle();
    if (signal.aborted) return;
    if (this.call.input.collect) {
      for (const host of this.#hosts) this.#pool.add(() => this.#details(host, signal));
      await this.#idle();
    }
    if (signal.aborted) return;
    this.#endRemembering();
    this.#progress(true);
    await this.#report.summary(this.#counts);
    if (fault !== undefined) throw fault;
  }

  async #brokenFiles(): Promise<void> {
    for (const book of this.parts.books.values()) {
      for (const { name, reason } of book.broken)
        await this.#report.finding({ finding: 'credential-file', text: `${name} is not used: ${reason}` });
    }
  }

  /**
   * Steps 1 to 4. When the scan mode fails after something was found, what was found is worth its details: the failure is
   * returned, for the end. @throws Failure when nothing was found
   */
  async #search(scanCall: ScanCall): Promise<Failure | undefined> {
    const { signal } = scanCall;
    try {
      if (this.#round !== undefined) await this.#look(this.#round, scanCall);
      if (!this.#isCandidatesDone) await this.#candidates(scanCall);
      await this.#idle();
      while (this.#leads.length > 0 && !signal.aborted) {
        this.#round = new Round();
        await this.#admit(this.#round, signal);
        await this.#look(this.#round, scanCall);
        // Step 5 does not begin while new candidates appear.
        await this.#idle();
      }
      this.#round = undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      const fault = asFailure(error, this.#modePlace());
      if (this.#counts.alive === 0) throw fault;
      // A later run does not look again either: the note would be untrue.
      this.#round = undefined;
      this.#leads = [];
      this.#isCandidatesDone = true;
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
      if ('range' in candidate) this.#lead(candidate);
      else await this.#found(candidate.sighting, candidate.source, signal);
    }
    this.#isCandidatesDone = true;
  }

  #lead(lead: Lead): void {
    this.parts.trail.say({ is: 'lead', range: lead.range.text, source: lead.source });
    this.#leads.push(lead);
  }

  /** Step 2: the addresses of the leads that may be looked at and have not been. The leads go when all of them are in the round. */
  async #admit(round: Round, signal: AbortSignal): Promise<void> {
    const leads = this.#leads.length;
    let judged = 0;
    for (const { range, source } of this.#leads.slice(0, leads)) {
      for (const address of hostsOf(range)) {
        if (this.#admission.admits(address, source)) {
          round.add(address, source);
          if (this.parts.look !== undefined) this.#expected += 1;
        } else if (this.#admission.stopped !== undefined) break;
        judged += 1;
        if (judged % judgedAtOnce !== 0) continue;
        await this.parts.clock.sleep(0);
        if (signal.aborted) return;
      }
    }
    this.#leads = this.#leads.slice(leads);
    if (this.#admission.stopped !== undefined) this.parts.trail.say({ is: 'stopped', why: this.#admission.stopped });
  }

  /** Step 3. */
  async #look(round: Round, scanCall: ScanCall): Promise<void> {
    const { signal } = scanCall;
    const addresses = [...round.unanswered()];
    if (this.parts.look === undefined || addresses.length === 0) return;
    const seen = this.parts.look(addresses, scanCall);
    for await (const it of untilEnded(this.parts, signal, this.#modePlace(), seen)) {
      if ('finding' in it) {
        await this.#report.finding(it);
        continue;
      }
      const source = round.sourceOf(it.addresses[0] ?? '') ?? 'scan';
      const maybeFar = it.alive === 'unknown' && this.call.input.collect;
      const far = maybeFar ? it.addresses.find((address) => this.#throughHops.wants(address)) : undefined;
      if (far !== undefined) {
        this.#tryThroughHops(far, it, source, round, signal);
        continue;
      }
      if (it.alive === 'yes') await this.#found(it, source, signal, round);
      else this.#report.silence(it, source);
      this.#probed(it, round);
    }
    this.#progress(true);
  }

  /** Somebody is there: reported at once, entered as soon as there is room. */
  async #found(sighting: Sighting, source: string, signal: AbortSignal, round?: Round): Promise<void> {
    const admitted = await this.#report.sighting(
      sighting,
      { source, collector: source },
      (it) => round?.expects(it) ?? false,
    );
    if (admitted === undefined || sighting.alive !== 'yes') return;
    this.#counts.alive += 1;
    const address = admitted.addresses[0];
    if (address === undefined || !this.call.input.collect) return;
    this.#toEnter(address, signal);
  }

  /** Silent from here: it may be in sight of the hops that a credential file names. */
  #tryThroughHops(address: Address, silent: Sighting, source: string, round: Round, signal: AbortSignal): void {
    this.#throughHops.try(address, signal, async (host) => {
      if (host === undefined) this.#report.silence(silent, source);
      else {
        this.#hosts.add(host);
        this.#entered.add(host);
        const evidence = [...silent.evidence, { probe: 'tunnel', answer: 'login' }];
        const isOurs = (it: Address) => silent.addresses.includes(it);
        await this.#report.sighting({ ...silent, alive: 'yes', evidence }, { source, collector: source }, isOurs);
        for (const count of ['alive', 'entered'] as const) this.#counts[count] += 1;
        this.#handled += 1;
      }
      // Not before: a run that goes on after a crash looks again at what was not tried.
      this.#probed(silent, round);
    });
  }

  #probed({ addresses }: Sighting, round: Round): void {
    for (const address of addresses) round.answer(address);
    this.#counts.probed += 1;
    this.#progress();
  }

  /** Resolves when nobody is being entered or inspected. */
  async #idle(): Promise<void> {
    await this.#throughHops.idle();
    await this.#pool.idle();
  }

  #toEnter(address: Address, signal: AbortSignal): void {
    const host = new Host(this.#hostParts, { address, own: this.parts.ownAddresses.has(address) });
    this.#hosts.add(host);
    this.#pool.add(() => this.#enter(host, signal));
  }

  /** Step 4 at one host. */
  async #enter(host: Host, signal: AbortSignal): Promise<void> {
    if (await host.enter(signal)) {
      this.#entered.add(host);
      this.#counts.entered += 1;
    }
    this.#handled += 1;
    this.#progress();
  }

  #heardOf(neighbour: Neighbour, by: Address): void {
    if (this.#heard.has(neighbour.address)) return;
    const known = tryParseAddress(neighbour.address);
    if (known === undefined) return;
    this.#heard.add(neighbour.address);
    if (!this.#admission.has(known) && this.#leads.length < this.parts.maxAddresses)
      this.#lead({ range: parseRange(known), source: `${neighbour.source} of ${by}` });
  }

  /** Step 5 at one host. */
  async #details(host: Host, signal: AbortSignal): Promise<void> {
    const outcomes = await host.details(signal);
    if (signal.aborted) return;
    await this.#report.node(host.address, outcomes);
    if (outcomes.some((o) => o.result === 'ok' || o.result === 'partial')) this.#counts.collected += 1;
    this.#finished += 1;
    this.#hosts.delete(host);
    this.#entered.delete(host);
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

  /** Takes up an earlier run: who was found and is not through is entered again, for its session is gone. */
  async #goOn(earlier: ScanState, signal: AbortSignal): Promise<void> {
    const hosts = new Set(earlier.hosts);
    const rereads = (by: string) => (hosts.has(by) ? earlier.again.includes(by) : !earlier.candidates && by === 'scan');
    const resaid = earlier.unnamed.filter((it) => rereads(it.by));
    this.#admission.restore({ ...earlier, unnamed: earlier.unnamed.filter((it) => !resaid.includes(it)) });
    this.#report.restore(earlier);
    this.#isCandidatesDone = earlier.candidates;
    // Without all candidates nothing has been looked at, and the mode names them again.
    if (earlier.candidates) this.#leads = leadsOfState(earlier.leads);
    if (earlier.round !== undefined) this.#round = Round.of(earlier.round);
    Object.assign(this.#counts, earlier.counts);
    this.#counts.alive -= resaid.filter((it) => it.alive).length;
    this.#expected = earlier.expected;
    this.#finished = earlier.finished;
    this.#handled = earlier.finished;
    // Without an address they cannot be known again: whoever told of them tells of them under new names.
    for (const { node } of resaid) await this.#report.again(node, { whole: true });
    const collectors = this.parts.collectors.map((it) => it.collector.name);
    for (const node of earlier.again) {
      if (hosts.has(node)) await this.#report.again(node, { collectors });
      else {
        // What the round expects is let in already.
        if (!this.#round?.expects(node)) this.#admission.forget(node);
        await this.#report.again(node);
      }
    }
    // The policy may have changed since.
    for (const address of this.#round?.unanswered() ?? []) {
      if (!this.#mayNoLonger(address)) continue;
      this.#round?.answer(address);
      this.#expected -= 1;
    }
    if (!this.call.input.collect) return;
    for (const address of hosts) if (!this.#mayNoLonger(address)) this.#toEnter(address, signal);
  }

  /** Was it let in by an earlier run, and is to be left alone by now? */
  #mayNoLonger(address: Address): boolean {
    const why = this.#scope.excludes(address);
    if (why === undefined) return false;
    this.parts.trail.say({ is: 'left', address, source: this.#round?.sourceOf(address) ?? 'scan', why });
    return true;
  }

  #state(): ScanState {
    const open = [...this.#hosts];
    const begun = open.filter((it) => it.isBegun).map((it) => it.address);
    const { probed, alive, entered, collected } = this.#counts;
    return {
      version: 1,
      ...this.#admission.toState(),
      ...this.#report.toState(),
      candidates: this.#isCandidatesDone,
      leads: leadsToState(this.#leads),
      ...(this.#round === undefined ? {} : { round: this.#round.toState() }),
      hosts: open.map((host) => host.address),
      again: [...new Set([...this.#report.speaking, ...this.#admission.forgotten, ...begun])],
      // Those that are entered again will be counted again.
      counts: { probed, alive, entered: entered - this.#entered.size, collected },
      expected: this.#expected,
      finished: this.#finished,
      trail: this.parts.trail.name,
    };
  }

  #scanCall(signal: AbortSignal): ScanCall {
    const { parts } = this;
    const rates = [this.call.input.maxPacketRate, parts.maxPacketRate, parts.policy.maxPacketRate].filter(
      (r) => r !== undefined,
    );
    return {
      ...makeCall(this.#hostParts, { signal, log: parts.log }),
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

  /** Not for each of sixty-five thousand silent addresses; `now` at the end of a step. */
  #progress(now = false): void {
    const at = this.parts.clock.monotonic();
    if (!now && at - this.#toldAt < progressMs) return;
    this.#toldAt = at;
    this.call.progress(
      this.#meter.of({
        ...this.#counts,
        expected: this.#expected,
        hosts: this.#finished + this.#hosts.size,
        handled: this.#handled,
        detailed: this.#finished,
      }),
    );
  }
}
