/**
 * The sweep over the addresses that are asked in the same way: in random order, at the lane's pace, with retries after
 * growing waits, one probe after the other until one proves something. It holds one small record for each address that is
 * under way and none for those that are not begun.
 */
import type { Address, Clock, Evidence, Random } from 'ksocket/plugin';
import { type Entry, newEntry, type Outcome } from './entry.js';
import { Draw, Fifo } from './fifo.js';
import type { Pace } from './pace.js';
import type { Answer, Hearing, Probe, Shot } from './probes/probe.js';
import { RoundTrip } from './round-trip.js';
import { SharedEvidence } from './shared-evidence.js';
import type { SubnetBudget } from './subnet-budget.js';

/** Below this part of lost answers three questions miss nobody worth a second round: 2 % cubed is one of 125,000. */
const worthwhileLoss = 0.02;

/** Memory while sending: enough for 10,000 packets a second and 1.5 s of waiting. */
const mostUnderWay = 16_384;
/** Questions sent in one turn of the event loop: pcap and sendto take about 4 µs each, connects 75 µs. */
const mostATurn = 64;
/** After this many shortages for one address the machine will not get better; it counts as not asked. */
const mostPutBack = 40;
/** Milliseconds to leave the event loop alone after a shortage or when too much is open. */
const breathMs = 5;
/** An answer or an abort wakes it sooner. */
const longestPauseMs = 1000;
/** How long an address rests whose network has had its share. */
const restMs = 20;
/** Where nobody answers at all, loss cannot be told from absence: a lane of this size is asked twice all the same. */
const smallLane = 1024;

export class Lane {
  readonly #probes: Probe[] = [];
  readonly #roundTrips: RoundTrip[] = [];
  readonly #fresh: Draw<Address>;
  readonly #again = new Fifo<Entry>();
  /** Waiting for answers, in the order of sending; a wait that is shorter than the one before it ends with that. */
  readonly #waiting: Fifo<Entry>[][] = [];
  readonly #entries = new Map<Address, Entry>();
  readonly #words = new SharedEvidence();
  /** Silent in the first round; a late answer still counts. */
  #silent: Entry[] = [];
  /** Those in it that have not been settled by a late answer. */
  #held = 0;
  readonly #resting = new Fifo<Entry>();
  /** Through one probe and waiting for the next, by its number: all addresses are asked by one before any by the next. */
  readonly #parked: Fifo<Entry>[] = [];
  /** Entries in `#waiting`. */
  #flying = 0;
  #size = 0;
  #answered = 0;
  #lost = 0;
  #unsettled = 0;
  #wake: () => void = () => undefined;

  constructor(
    private readonly parts: {
      readonly clock: Clock;
      readonly random: Random;
      readonly pace: Pace;
      readonly permits: (address: Address) => boolean;
      /** What one network behind a router may get; undefined on a link. */
      readonly budget?: SubnetBudget | undefined;
      /** Called once for each address. */
      readonly outcome: (outcome: Outcome) => void;
      /** Two stations answered for one address. */
      readonly duplicate: (address: Address, macs: readonly [string, string]) => void;
    },
  ) {
    this.#fresh = new Draw(parts.random);
  }

  get pace(): Pace {
    return this.parts.pace;
  }

  /** Its addresses lie on a link of this machine, so that the kernel has to find each by itself. */
  onLink = false;

  /** The MAC address of somebody who answered, where another than the answering probe knows it. */
  macOf: ((address: Address) => Promise<string | undefined>) | undefined;

  /** For the probes of this lane. */
  readonly hearing: Hearing = {
    heard: (answer) => this.#heard(answer),
    unsent: (address) => {
      const entry = this.#entries.get(address);
      if (entry === undefined || entry.settled) return;
      entry.missed = true;
      this.pace.localShortage();
    },
  };

  /** Probes are asked in the order in which they were added. */
  use(probe: Probe): void {
    this.#probes.push(probe);
    this.#roundTrips.push(new RoundTrip());
    this.#waiting.push(probe.waits.map(() => new Fifo<Entry>()));
    this.#parked.push(new Fifo<Entry>());
  }

  add(address: Address): void {
    this.#fresh.add(address);
    this.#size += 1;
  }

  /** Asks about all that was added. @throws the reason of the signal */
  async run(signal: AbortSignal): Promise<void> {
    const wake = () => this.#wake();
    signal.addEventListener('abort', wake);
    try {
      while (this.#unsettled > 0 || this.#fresh.left > 0) {
        signal.throwIfAborted();
        this.#expire(this.parts.clock.monotonic());
        if (this.#fresh.left === 0 && this.#held > 0 && this.#unsettled === this.#held) this.#askAgain();
        const sendMs = this.#send();
        if (this.#unsettled > 0 || this.#fresh.left > 0) await this.#pause(sendMs, signal);
      }
    } finally {
      signal.removeEventListener('abort', wake);
      // The closer look at those who were found goes on, and loses nothing of its own.
      this.pace.restore();
    }
  }

  /** Nobody listens for second answers about this address any more. */
  release(address: Address): void {
    this.#entries.delete(address);
    for (const probe of this.#probes) probe.forget?.(address);
  }

  async close(): Promise<void> {
    for (const probe of [...this.#probes].reverse()) await probe.close();
  }

  #expire(now: number): void {
    for (let head = this.#resting.peek(); head !== undefined && head.due <= now; head = this.#resting.peek()) {
      this.#resting.shift();
      this.#again.push(head);
    }
    for (const [stage, attempts] of this.#waiting.entries()) {
      for (const queue of attempts) {
        for (let head = queue.peek(); head !== undefined && (head.settled || head.due <= now); head = queue.peek()) {
          queue.shift();
          this.#flying -= 1;
          if (!head.settled) this.#answerless(head, this.#probes[stage]);
        }
      }
    }
  }

  /** The second round, at half the rate: once more for whoever was silent while packets were being lost. */
  #askAgain(): void {
    const silent = this.#silent;
    this.#silent = [];
    this.#held = 0;
    this.pace.halve();
    for (const entry of silent) {
      if (entry.settled) continue;
      entry.held = false;
      entry.again = true;
      entry.stage = -1;
      this.#next(entry, undefined);
    }
  }

  /** Is so much being lost here that three questions miss somebody, or is nothing known of that? */
  #isWorthAnotherRound(): boolean {
    if (this.#answered === 0) return this.#size <= smallLane;
    return this.#lost > this.#answered * worthwhileLoss;
  }

  /** A probe that has heard nobody yet goes by what the others know of the way. */
  #waitMs(stage: number, probe: Probe, attempt: number): number {
    const own = this.#roundTrips[stage];
    const known = own?.isKnown ? own : (this.#roundTrips.find((it) => it.isKnown) ?? own);
    const base = probe.waits[attempt] ?? 0;
    return known?.waitMs(base, probe.floors?.[attempt] ?? base) ?? base;
  }

  #answerless(entry: Entry, probe: Probe | undefined): void {
    if (entry.missed) {
      entry.missed = false;
      this.#later(entry);
      return;
    }
    const word = probe?.silence?.() ?? 'silent';
    if (word === 'silent' && probe !== undefined && entry.attempt + 1 < probe.waits.length && !entry.again)
      this.#repeat(entry);
    else this.#next(entry, word);
  }

  #repeat(entry: Entry): void {
    entry.attempt += 1;
    this.#again.push(entry);
  }

  #later(entry: Entry): void {
    entry.putBack += 1;
    if (entry.putBack > mostPutBack) this.#next(entry, 'local-shortage');
    else this.#again.push(entry);
  }

  /** On to the next probe; `word` says what the present one came to. */
  #next(entry: Entry, word: string | undefined): void {
    const probe = this.#probes[entry.stage];
    if (probe !== undefined && word !== undefined) entry.evidence = this.#words.with(entry.evidence, probe.name, word);
    entry.silent ||= word === 'silent';
    // Its waits are over: what it has open for this address would be in the way of others.
    probe?.forget?.(entry.address);
    entry.stage += 1;
    entry.attempt = 0;
    if (entry.again) this.#lastQuestion(entry);
    if (entry.stage < this.#probes.length) this.#parked[entry.stage]?.push(entry);
    else if (!entry.again && entry.silent && this.#isWorthAnotherRound()) {
      entry.held = true;
      this.#held += 1;
      this.#silent.push(entry);
    } else this.#settle(entry, { alive: 'unknown' });
  }

  /** In the second round only the probes that repeat a question, each once, with its longest wait. */
  #lastQuestion(entry: Entry): void {
    while (entry.stage < this.#probes.length && !this.#probes[entry.stage]?.repeats) entry.stage += 1;
    entry.attempt = Math.max(0, (this.#probes[entry.stage]?.waits.length ?? 1) - 1);
  }

  /** Sends what the pace allows; gives the milliseconds to wait before more can be sent, undefined when nothing is left to. */
  #send(): number | undefined {
    for (let turn = 0; turn < mostATurn; turn++) {
      const entry = this.#choose();
      if (entry === undefined) return undefined;
      const probe = this.#probes[entry.stage];
      if (probe === undefined) {
        this.#next(entry, undefined);
        continue;
      }
      // At the last moment: the policy may have changed since the address was listed.
      if ((entry.attempt === 0 || entry.again) && !this.parts.permits(entry.address)) {
        this.#note(entry, { probe: probe.name, answer: 'not-permitted' });
        this.#settle(entry, { alive: 'unknown' });
        continue;
      }
      if (!this.pace.take(probe.packets)) {
        this.#again.push(entry);
        return this.pace.waitMs();
      }
      if (this.parts.budget?.take(entry.address, probe.packets) === false) {
        this.pace.giveBack(probe.packets);
        entry.due = this.parts.clock.monotonic() + restMs;
        this.#resting.push(entry);
        continue;
      }
      const waitMs = this.#waitMs(entry.stage, probe, entry.attempt);
      const shot = probe.send(entry.address, entry.attempt, waitMs);
      if (shot !== 'sent') {
        this.pace.giveBack(probe.packets);
        this.parts.budget?.giveBack(entry.address, probe.packets);
      }
      if (!this.#sent(entry, shot, waitMs)) return breathMs;
    }
    return 0;
  }

  /** Those that are asked by the same probe again come first, so that few are under way; those for the next probe last. */
  #choose(): Entry | undefined {
    for (let entry = this.#again.shift(); entry !== undefined; entry = this.#again.shift()) {
      if (!entry.settled) return entry;
    }
    if (this.#flying >= mostUnderWay) return undefined;
    const address = this.#fresh.draw();
    if (address !== undefined) {
      const entry = newEntry(address);
      this.#entries.set(address, entry);
      this.#unsettled += 1;
      return entry;
    }
    for (const parked of this.#parked) {
      for (let entry = parked.shift(); entry !== undefined; entry = parked.shift()) if (!entry.settled) return entry;
    }
    return undefined;
  }

  /** False when the lane should breathe before it goes on. */
  #sent(entry: Entry, shot: Shot, waitMs: number): boolean {
    if (shot === 'sent') {
      // A proof may have come within the call itself.
      if (entry.settled) return true;
      entry.sentAt = this.parts.clock.monotonic();
      entry.due = entry.sentAt + waitMs;
      this.#waiting[entry.stage]?.[entry.attempt]?.push(entry);
      this.#flying += 1;
      return true;
    }
    if (shot === 'nothing') this.#next(entry, undefined);
    else if (shot === 'busy') this.#again.push(entry);
    else if (shot === 'short') {
      this.pace.localShortage();
      this.#later(entry);
    } else this.#next(entry, shot.refused);
    return shot === 'nothing' || typeof shot === 'object';
  }

  #heard(answer: Answer): void {
    const entry = this.#entries.get(answer.address);
    if (entry === undefined) return;
    if (entry.settled) {
      this.#heardAgain(entry, answer);
      return;
    }
    // Of which probe it is: a late answer comes when the next one is asking already.
    const stage = this.#probes.findIndex((it) => it.name === answer.evidence.probe);
    const isCurrent = stage === entry.stage;
    const repeats = this.#probes[stage]?.repeats === true;
    if (answer.alive === 'yes') {
      const isRepeated = isCurrent && repeats && (entry.attempt > 0 || entry.again);
      this.#answered += 1;
      // Who answers when nobody waits for it any more is missed as easily as if the packet were lost; but no haste of ours did it.
      if (isRepeated || !isCurrent) this.#lost += 1;
      this.pace.answered(isRepeated);
    }
    // Without a time of its own, an answer is counted from the last question.
    const sinceLast = isCurrent && repeats ? this.parts.clock.monotonic() - entry.sentAt : undefined;
    const rttMs = answer.evidence.rttMs ?? sinceLast;
    const certain = answer.alive === 'yes' && (answer.timed || (isCurrent && entry.attempt === 0));
    if (certain && rttMs !== undefined) this.#roundTrips[stage]?.sample(rttMs);
    this.#note(entry, { ...answer.evidence, ...(rttMs === undefined ? {} : { rttMs: toMicroseconds(rttMs) }) });
    entry.mac = answer.mac;
    if (answer.alive !== undefined) this.#settle(entry, { alive: answer.alive, service: answer.service });
  }

  #heardAgain(entry: Entry, answer: Answer): void {
    if (answer.mac === undefined || entry.mac === undefined || answer.mac === entry.mac) return;
    if (this.#note(entry, { probe: answer.evidence.probe, answer: 'duplicate-mac' })) {
      this.parts.duplicate(entry.address, [entry.mac, answer.mac]);
    }
  }

  /** The same word of the same probe once. */
  #note(entry: Entry, evidence: Evidence): boolean {
    if (entry.evidence.some((it) => it.probe === evidence.probe && it.answer === evidence.answer)) return false;
    entry.evidence = [...entry.evidence, evidence];
    return true;
  }

  #settle(entry: Entry, end: { alive: Outcome['alive']; service?: Answer['service'] }): void {
    entry.settled = true;
    this.#unsettled -= 1;
    if (entry.held) this.#held -= 1;
    entry.held = false;
    for (const probe of this.#probes) probe.forget?.(entry.address);
    const { address } = entry;
    entry.alive = end.alive;
    entry.service = end.service;
    entry.at = this.parts.clock.monotonic();
    // Itself, not a copy: of 65,536 hosts that are alive most wait long for their closer look.
    this.parts.outcome(entry);
    if (end.alive !== 'yes') this.release(address);
    if (this.#unsettled === 0) this.#wake();
  }

  /** Until the next packet may leave or the next wait is over. */
  async #pause(sendMs: number | undefined, signal: AbortSignal): Promise<void> {
    const now = this.parts.clock.monotonic();
    const heads = [...this.#waiting.flat(), this.#resting].flatMap((queue) => queue.peek()?.due ?? []);
    const untilDue = heads.length > 0 ? Math.min(...heads) - now : undefined;
    // Never without a timer: a loop of microtasks alone would keep every other event out, an abort too.
    const ms = Math.max(1, Math.min(sendMs ?? Infinity, untilDue ?? Infinity, longestPauseMs));
    await new Promise<void>((resolve) => {
      const cancel = this.parts.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
      if (signal.aborted) this.#wake();
    });
  }
}

/** What a clock of milliseconds can promise. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
