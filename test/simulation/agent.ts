/** An installation of the agent: the real uplink, session and dispatcher over a simulated disk and network. */
import { type Clock, type Logger, type Random, Secret } from '../../core/contract/index.js';
import type { Journal } from '../../core/journal/index.js';
import { type LinkEvents, type Orders, Uplink, type UplinkEnd } from '../../core/link/index.js';
import { Dispatcher, Registry } from '../../core/operations/index.js';
import { Fed } from '../../core/runtime/index.js';
import { decodeFrame, encodeFrame, type Frame } from '../../core/wire/index.js';
import { Disk, MemoryJournal, type MemoryJournalOptions } from './memory-journal.js';
import { Mortal } from './mortal.js';
import { simulatedOperations, type Target, type Workplace } from './target.js';

/** Where a mutation takes hold; none of it is there in the real agent. */
export interface AgentMutation {
  readonly journalOptions?: Pick<MemoryJournalOptions, 'syncs'>;
  journal?(journal: Journal, disk: Disk): Journal;
  orders?(orders: Orders, journal: Journal): Orders;
  /** What it takes a frame of the space for. */
  hears?(frame: Frame, journal: Journal): Frame;
  readonly maxRunning?: number;
  readonly obeysNoPolicy?: boolean;
}

export const connectSettings = {
  heartbeatInterval: 60,
  heartbeatTimeout: 30,
  resumeTimeout: 60,
  resumeRetries: 120,
  resumePlateau: 10,
  resumeThreshold: 120,
  requestTimeout: 60,
  requestRetries: 10,
  maxOperations: 100,
  maxRunningOperations: 5,
} as const;

/** WatchdogSec= of the unit. */
const watchdogMs = 120_000;

export interface AgentPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly target: Target;
  /** One attempt to reach the space; returns what breaks it off. */
  open(agent: SimulatedAgent, events: LinkEvents): () => void;
  /** The process is gone: its links are reset. */
  died(agent: SimulatedAgent): void;
  /** The process ended by itself. */
  ended(agent: SimulatedAgent, end: UplinkEnd): void;
  /** A service manager would have to end it: its loop did not keep its word. */
  stoodStill(): void;
}

const hex = (random: Random): string => random.bytes(16).toString('hex');

/** One process of it; its disk goes to the next one. */
export class SimulatedAgent {
  readonly process: Mortal;
  readonly journal: Journal;
  readonly place: Workplace;
  readonly #stop = new AbortController();

  constructor(
    readonly disk: Disk,
    ports: AgentPorts,
    mutation: AgentMutation,
  ) {
    const { random, log, target } = ports;
    const mortal = new Mortal(() => ports.died(this));
    this.process = mortal;
    const clock = mortal.clock(ports.clock);
    const plain = new MemoryJournal(disk, { step: (work) => mortal.step(work), ...mutation.journalOptions });
    this.journal = mutation.journal?.(plain, disk) ?? plain;
    this.place = { clock, touch: (work) => mortal.step(work), running: 0, mostRunning: 0 };
    const registry = new Registry();
    for (const it of simulatedOperations(target, this.place)) registry.add(it, 'simulation');
    const dispatcher = new Dispatcher({
      journal: this.journal,
      registry,
      clock,
      log,
      maxOperations: connectSettings.maxOperations,
      maxRunning: mutation.maxRunning ?? connectSettings.maxRunningOperations,
      permits: (name) => mutation.obeysNoPolicy === true || name !== 'sim.forbidden',
    });
    const supervisor = new Fed(
      { send: (text) => (text.includes('stands still') ? ports.stoodStill() : undefined), close: () => {} },
      clock,
      watchdogMs,
    );
    const uplink = new Uplink({
      url: new URL('ws://space/api/ksocket/connect'),
      token: new Secret('token'),
      verify: true,
      journal: this.journal,
      orders: mutation.orders?.(dispatcher, this.journal) ?? dispatcher,
      clock,
      random,
      log,
      settings: connectSettings,
      turning: (seconds) => supervisor.turning(seconds),
      open: (_, events) => ports.open(this, alive(mortal, events, this.#hearing(mutation))),
      hello: {
        purpose: 'serve',
        boot: hex(random),
        name: 'simulated',
        agentVersion: '0',
        os: 'none',
        mode: 'intranet',
        features: registry.names(),
      },
    });
    dispatcher.begin({
      changed: (opId) => uplink.changed(opId),
      progress: (progress) => uplink.progress(progress),
      storageFailed: (fault) => uplink.storageFailed(fault),
    });
    this.#run(uplink, dispatcher, supervisor, ports);
  }

  /** A clean end, as at SIGTERM. */
  stop(): void {
    this.#stop.abort();
  }

  #hearing({ hears }: AgentMutation): (text: string) => string {
    if (hears === undefined) return (text) => text;
    return (text) => encodeFrame(hears(decodeFrame(text), this.journal));
  }

  #run(uplink: Uplink, dispatcher: Dispatcher, supervisor: Fed, ports: AgentPorts): void {
    uplink.run(this.#stop.signal).then(
      async (end) => {
        supervisor.ending();
        await dispatcher.drain();
        this.journal.close();
        if (!this.process.alive) return;
        this.process.kill();
        ports.ended(this, end);
      },
      (error: unknown) => {
        if (this.process.alive) throw error;
      },
    );
  }
}

/** What the network says to a dead process is heard by nobody; a process may also die of what it does about it. */
function alive(mortal: Mortal, events: LinkEvents, hearing: (text: string) => string): LinkEvents {
  const guarded =
    <A extends unknown[]>(call: (...args: A) => void) =>
    (...args: A): void => {
      if (!mortal.alive) return;
      try {
        call(...args);
      } catch (error) {
        if (mortal.alive) throw error;
      }
    };
  return {
    opened: guarded((channel) =>
      events.opened({
        send: (text) => mortal.quietly(() => channel.send(text)),
        get buffered() {
          return channel.buffered;
        },
        close: (code, reason) => mortal.alive && channel.close(code, reason),
      }),
    ),
    received: guarded((text) => events.received(hearing(text))),
    drained: guarded(() => events.drained()),
    ended: guarded((end) => events.ended(end)),
  };
}

export const newDisk = (random: Random): Disk => new Disk(hex(random));
