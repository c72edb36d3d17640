/** One seed: an agent, a space, a user who orders, and everything that goes wrong, under virtual time. */
import Sqlite from 'better-sqlite3';
import type { Logger, Random } from '../../core/contract/index.js';
import type { LinkEvents } from '../../core/link/index.js';
import { decodeFrame, encodeFrame, type Frame } from '../../core/wire/index.js';
import { seededRandom, VirtualClock } from '../kit/index.js';
import { type AgentMutation, newDisk, SimulatedAgent } from './agent.js';
import { Checks, type Counts } from './checks.js';
import { pickFault, type Stage } from './faults.js';
import type { Disk } from './memory-journal.js';
import { newDatabase, prepared, SimulatedSpace, type SpaceMutation } from './space.js';
import { Target } from './target.js';
import { newOrder } from './user.js';
import { Line } from './wire.js';

export interface Mutation {
  readonly agent?: AgentMutation;
  readonly space?: SpaceMutation;
  /** Faults that bring it to light soon, and come four times as often; all by default. */
  readonly faults?: readonly string[];
}

export interface WorldOptions {
  readonly seed: number;
  readonly hours: number;
  readonly mutation?: Mutation;
  /** One violation is enough, for whoever only asks whether there is any. */
  readonly stopAtFirst?: boolean;
  /** Hears every fault and frame, for whoever looks for the reason of a violation. */
  readonly trace?: (text: string) => void;
}

export interface Report extends Counts {
  readonly seed: number;
  readonly faults: number;
  readonly operations: number;
  /** Longest time from the end of a disturbance to a session that is ready, in seconds. */
  readonly slowestRecovery: number;
  readonly violations: readonly string[];
}

const meanBetweenOrdersMs = 50_000;
/** Now and then somebody orders more than an agent may have open. */
const burstShare = 0.005;
const burstSize = 130;
const meanBetweenFaultsMs = 60_000;
/** How long the two ends get in peace, at most, to end what is open: longer than every limit of an order. */
const peaceMs = 3 * 3600_000;
const minuteMs = 60_000;

const silentLog: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export class World implements Stage {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly target = new Target();
  readonly checks: Checks;
  #raw!: Sqlite.Database;
  #backup: Buffer | undefined;
  /** Databases that were replaced; what a dead process still wants of them goes nowhere. */
  readonly #old: Sqlite.Database[] = [];
  #disk: Disk;
  #agent: SimulatedAgent | undefined;
  #space: SimulatedSpace | undefined;
  #lines: { line: Line; agent: SimulatedAgent; space: SimulatedSpace }[] = [];
  /** The space was restored, and its agent has not been there since. */
  #restoredUnseen = false;
  #partitionedUntil = 0;
  #peace = false;
  #faults = 0;
  #orders = 0;
  #disturbedAt: number | undefined = 0;
  #slowest = 0;
  readonly #began: number;

  private constructor(private readonly options: WorldOptions) {
    this.random = seededRandom(options.seed);
    this.#began = this.clock.monotonic();
    this.#disk = newDisk(this.random);
    this.checks = new Checks(this.target, () => this.#time());
  }

  static async run(options: WorldOptions): Promise<Report> {
    const world = new World(options);
    world.#raw = await newDatabase();
    await world.#startSpace();
    world.#startAgent();
    world.#orderSoon();
    world.#strikeSoon();
    for (let spent = 0; spent < options.hours * 3600_000 && !world.#enough; spent += minuteMs)
      await world.clock.advance(minuteMs);
    await world.#endInPeace();
    const { counts, violations } = world.checks;
    return {
      seed: options.seed,
      faults: world.#faults,
      operations: world.#orders,
      ...counts,
      slowestRecovery: Math.round(world.#slowest / 1000),
      violations,
    };
  }

  get #enough(): boolean {
    return this.options.stopAtFirst === true && this.checks.violations.length > 0;
  }

  async #endInPeace(): Promise<void> {
    this.#peace = true;
    this.#disk.full = false;
    this.#partitionedUntil = 0;
    this.#agent?.process.spare();
    this.#space?.process.spare();
    for (const { line } of this.#lines) line.heal();
    for (let spent = 0; spent < peaceMs && !this.#enough; spent += minuteMs) {
      await this.clock.advance(minuteMs);
      if (spent > 10 * minuteMs && this.#nothingOpen()) break;
    }
    if (this.#agent === undefined || !this.#agent.process.alive || this.#space?.connected !== true)
      this.checks.violated('the session does not come back');
    this.checks.atTheEnd(this.#raw, this.#agent?.journal.count() ?? 0);
    // Both die, so that no timer of theirs outlives the world.
    this.#agent?.process.kill();
    this.#space?.process.kill();
    for (const raw of [...this.#old, this.#raw]) raw.close();
  }

  #nothingOpen(): boolean {
    const open = prepared(this.#raw, `select count(*) as n from operations where state != 'done'`).get() as {
      n: number;
    };
    return open.n === 0 && (this.#agent?.journal.count() ?? 1) === 0;
  }

  // ---- the user

  #orderSoon(): void {
    this.clock.after(exponential(this.random, meanBetweenOrdersMs), () => {
      if (this.#peace) return;
      this.#orderSoon();
      const burst = this.random.next() < burstShare;
      for (let i = 0; i < (burst ? burstSize : 1); i++) this.#order(burst);
    });
  }

  #order(small: boolean): void {
    const space = this.#space;
    if (space === undefined) return;
    const order = newOrder(this.random, ++this.#orders, small);
    const opId = space.newId();
    const raw = this.#raw;
    this.checks.promised.set(opId, { opId, ...order });
    void space.order(opId, order).then(() => {
      // A space that died before it was durable promised nothing.
      if (prepared(raw, 'select 1 from operations where op_id = ?').get(opId) === undefined)
        this.checks.promised.delete(opId);
    });
    if (this.random.next() < 0.1) this.#cancelLater(opId);
  }

  #cancelLater(opId: string): void {
    this.clock.after(this.random.next() * 60_000, () => void this.#space?.cancel(opId, 'no longer wanted'));
  }

  // ---- faults

  #strikeSoon(): void {
    this.clock.after(
      exponential(this.random, meanBetweenFaultsMs / (this.options.mutation?.faults === undefined ? 1 : 4)),
      () => {
        if (this.#peace) return;
        this.#strikeSoon();
        const fault = pickFault(this.random, this.options.mutation?.faults);
        this.options.trace?.(`${this.#time()} FAULT ${fault.name}`);
        this.#faults += 1;
        this.#disturbed();
        fault.strike(this);
      },
    );
  }

  cut(late: boolean): void {
    for (const { line } of this.#lines) line.cut(late);
  }

  silence(direction: 'both' | 'up' | 'down', seconds: number | undefined): void {
    const lines = this.#lines.map(({ line }) => line);
    for (const line of lines) line.silence(direction);
    if (seconds !== undefined)
      this.clock.after(seconds * 1000, () => {
        for (const line of lines) line.heal();
      });
  }

  partition(seconds: number): void {
    this.#partitionedUntil = this.clock.monotonic() + seconds * 1000;
    this.silence('both', seconds);
    this.#disturbedLater(seconds);
  }

  killAgent(downSeconds: number): void {
    this.#agent?.process.kill();
    this.#agentBackIn(downSeconds);
  }

  doomAgent(steps: number, after: boolean): void {
    this.#agent?.process.doom(steps, after);
  }

  restartAgent(): void {
    this.#agent?.stop();
  }

  reinstallAgent(downSeconds: number): void {
    this.#agent?.process.kill();
    // Where both ends lose their memory of the same time, nobody is left who could know what ran: that is not promised.
    if (!this.#restoredUnseen) {
      this.#backup = undefined;
      this.#disk = newDisk(this.random);
    }
    this.#agentBackIn(downSeconds);
  }

  fillDisk(seconds: number): void {
    const disk = this.#disk;
    disk.full = true;
    this.clock.after(seconds * 1000, () => {
      disk.full = false;
      this.#disturbed();
    });
  }

  slowDisk(seconds: number): void {
    this.#space?.slowDisk(seconds);
  }

  killSpace(downSeconds: number): void {
    this.#space?.process.kill();
    this.#spaceBackIn(downSeconds);
  }

  doomSpace(steps: number, after: boolean): void {
    this.#space?.process.doom(steps, after);
  }

  restartSpace(): void {
    void this.#space?.close();
  }

  /** The first time a backup is made; the next time the space goes back to it. */
  restoreSpace(): void {
    if (this.#raw.inTransaction) return;
    if (this.#backup === undefined) {
      this.#backup = this.#raw.serialize();
      return;
    }
    this.#space?.process.kill();
    this.#old.push(this.#raw);
    this.#raw = new Sqlite(this.#backup);
    this.#backup = undefined;
    const there = prepared(this.#raw, 'select 1 from operations where op_id = ?');
    // Its user knows that what was ordered since then is gone.
    for (const opId of this.checks.promised.keys())
      if (there.get(opId) === undefined) this.checks.promised.delete(opId);
    this.#restoredUnseen = true;
    this.checks.restored();
    this.checks.rolledBack(this.#raw);
  }

  jumpClock(seconds: number): void {
    this.clock.jump(seconds * 1000);
  }

  // ---- the two ends

  #startAgent(): void {
    if (this.#agent?.process.alive) return;
    this.#disturbed();
    this.#agent = new SimulatedAgent(
      this.#disk,
      {
        clock: this.clock,
        random: this.random,
        log: silentLog,
        target: this.target,
        open: (agent, events) => this.#connect(agent, events),
        died: (agent) => {
          this.checks.worked(agent.place.mostRunning);
          this.options.trace?.(`${this.#time()} agent died`);
          for (const it of this.#lines) if (it.agent === agent) it.line.agentDied();
          if (agent === this.#agent) this.#agentBackIn(this.random.next() * 10);
        },
        stoodStill: () => this.checks.violated('the loop of the agent stands still'),
        ended: (_, { exit, reason }) => {
          if (exit !== 0 && exit !== 75) this.checks.violated(`the agent ended with ${exit}: ${reason}`);
        },
      },
      this.options.mutation?.agent ?? {},
    );
  }

  #agentBackIn(seconds: number): void {
    this.clock.after(seconds * 1000, () => this.#startAgent());
  }

  async #startSpace(): Promise<void> {
    if (this.#space?.process.alive) return;
    this.#disturbed();
    const raw = this.#raw;
    this.#space = await SimulatedSpace.start(
      raw,
      {
        clock: this.clock,
        random: this.random,
        log: silentLog,
        conclude: (db, row, outcome) => this.checks.concluded(db, row, outcome),
        died: (space) => {
          this.options.trace?.(`${this.#time()} space died`);
          this.checks.rolledBack(raw);
          for (const it of this.#lines) if (it.space === space) it.line.spaceDied();
          if (space === this.#space) this.#spaceBackIn(this.random.next() * 10);
        },
      },
      this.options.mutation?.space ?? {},
    );
  }

  #spaceBackIn(seconds: number): void {
    this.clock.after(seconds * 1000, () => void this.#startSpace());
  }

  #connect(agent: SimulatedAgent, events: LinkEvents): () => void {
    let brokenOff = false;
    let line: Line | undefined;
    const latency = 5 + this.random.next() * 100;
    this.clock.after(latency, () => {
      if (brokenOff || !agent.process.alive) return;
      // Swallowed: the agent's own time-out ends the attempt.
      if (this.clock.monotonic() < this.#partitionedUntil) return;
      const space = this.#space;
      if (space === undefined || !space.process.alive) {
        brokenOff = true;
        events.ended({ code: 1006, reason: 'ECONNREFUSED', local: false });
        return;
      }
      line = this.#lineBetween(agent, events, space);
      space.accept(line.socket);
      line.opened();
    });
    return () => {
      if (line !== undefined) line.brokenOff();
      else if (!brokenOff) events.ended({ code: 1006, reason: 'broken off', local: false });
      brokenOff = true;
    };
  }

  #lineBetween(agent: SimulatedAgent, events: LinkEvents, space: SimulatedSpace): Line {
    const raw = this.#raw;
    const line = new Line(this.clock, this.random, events, {
      fromAgent: (text) => {
        this.options.trace?.(`${this.#time()} > ${text.slice(0, 200)}`);
        const frame = decodeFrame(text);
        this.checks.fromAgent(frame, agent.disk);
        if (frame.type === 'ready') this.#recovered();
      },
      fromSpace: (text) => {
        this.options.trace?.(`${this.#time()} < ${text.slice(0, 200)}`);
        if (space.process.alive) this.checks.fromSpace(decodeFrame(text), raw);
      },
      heardBySpace: changed(this.options.mutation?.space?.hears),
      saidBySpace: changed(this.options.mutation?.space?.says),
    });
    this.#lines = this.#lines.filter((it) => it.line.open);
    this.#lines.push({ line, agent, space });
    return line;
  }

  // ---- how long it takes to recover

  #disturbed(): void {
    this.#disturbedAt = this.clock.monotonic();
  }

  #disturbedLater(seconds: number): void {
    this.clock.after(seconds * 1000, () => this.#disturbed());
  }

  #recovered(): void {
    this.#restoredUnseen = false;
    if (this.#disturbedAt !== undefined)
      this.#slowest = Math.max(this.#slowest, this.clock.monotonic() - this.#disturbedAt);
    this.#disturbedAt = undefined;
  }

  #time(): string {
    return `${((this.clock.monotonic() - this.#began) / 1000).toFixed(3)} s`;
  }
}

const changed =
  (change: ((frame: Frame) => Frame) | undefined) =>
  (text: string): string =>
    change === undefined ? text : encodeFrame(change(decodeFrame(text)));

const exponential = (random: Random, mean: number): number => -Math.log(1 - random.next()) * mean;
