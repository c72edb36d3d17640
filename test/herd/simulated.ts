/** A fleet that loses its space at once: the real uplinks, policies and sessions of thousands of agents under virtual time. */
import { type Logger, Secret } from '../../core/contract/index.js';
import { type LinkEvents, type Orders, Uplink } from '../../core/link/index.js';
import { decodeFrame, encodeFrame, type Frame } from '../../core/wire/index.js';
import { seededRandom, VirtualClock } from '../kit/index.js';
import { connectSettings } from '../simulation/agent.js';
import { Disk, MemoryJournal } from '../simulation/memory-journal.js';

export interface HerdOptions {
  readonly agents: number;
  /** How long the space is away. */
  readonly awaySeconds: number;
  /** What the space asks for in its goodbye; undefined: it dies without one. */
  readonly retryAfter?: number;
  readonly seed: number;
}

export interface HerdReport {
  /** Most connection attempts in one second after the loss, as a share of the fleet. */
  readonly peakShare: number;
  /** Seconds from the return of the space until the last agent was ready; undefined: not all were. */
  readonly allReadySeconds: number | undefined;
}

/** Long enough that every connection has held for resumeThreshold. */
const settledMs = 300_000;
/** How long after the return the last one is waited for. */
const patienceMs = 600_000;
const silentLog: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const noOrders: Orders = {
  offer: () => 'taken',
  cancel() {},
  acknowledged() {},
  settled() {},
  abandon() {},
  limit: 100,
};

export async function runHerd({ agents, awaySeconds, retryAfter, seed }: HerdOptions): Promise<HerdReport> {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const space = new CrowdedSpace(clock);
  const stops: AbortController[] = [];
  for (let i = 0; i < agents; i++) {
    const uplink = new Uplink({
      url: new URL('ws://space/'),
      token: new Secret('token'),
      verify: true,
      journal: new MemoryJournal(new Disk(random.bytes(16).toString('hex'))),
      orders: noOrders,
      clock,
      random,
      log: silentLog,
      settings: connectSettings,
      open: (_, events) => space.connect(events),
      hello: {
        ...{ purpose: 'serve', boot: 'b'.repeat(32), name: 'simulated', agentVersion: '0', os: 'none' },
        ...{ mode: 'intranet', features: [] },
      },
    });
    // One each: a thousand listeners on one signal make each of them slow.
    const stop = new AbortController();
    stops.push(stop);
    clock.after(random.next() * 60_000, () => void uplink.run(stop.signal));
  }
  await clock.advance(settledMs);
  space.leave(retryAfter);
  await clock.advance(awaySeconds * 1000);
  space.back();
  const returned = clock.monotonic();
  while (space.ready < agents && clock.monotonic() - returned < patienceMs) await clock.advance(1000);
  const allReadySeconds = space.ready === agents ? (space.lastReadyAt - returned) / 1000 : undefined;
  for (const stop of stops) stop.abort();
  await clock.advance(5000);
  return { peakShare: space.peak / agents, allReadySeconds };
}

/** Answers every handshake, and counts who comes when. */
class CrowdedSpace {
  ready = 0;
  lastReadyAt = 0;
  peak = 0;
  #away = false;
  #counting = false;
  readonly #attempts = new Map<number, number>();
  #open = new Set<LinkEvents>();

  constructor(private readonly clock: VirtualClock) {}

  connect(events: LinkEvents): () => void {
    if (this.#counting) this.#attempted();
    let ended = false;
    const end = (code: number, reason: string): void => {
      if (ended) return;
      ended = true;
      this.#open.delete(events);
      events.ended({ code, reason, local: false });
    };
    if (this.#away) this.clock.after(2, () => end(1006, 'connect ECONNREFUSED'));
    else this.clock.after(5, () => this.#admit(events, end));
    return () => end(1006, '');
  }

  leave(retryAfter: number | undefined): void {
    this.#away = true;
    this.#counting = true;
    this.ready = 0;
    const open = this.#open;
    this.#open = new Set();
    for (const events of open) {
      if (retryAfter !== undefined) events.received(encodeFrame({ type: 'bye', code: 'E_MAINTENANCE', retryAfter }));
      events.ended({ code: retryAfter === undefined ? 1006 : 4503, reason: '', local: false });
    }
  }

  back(): void {
    this.#away = false;
  }

  #admit(events: LinkEvents, end: (code: number, reason: string) => void): void {
    if (this.#away) return end(1006, 'connect ECONNREFUSED');
    this.#open.add(events);
    const answer = (frame: Frame) => this.clock.after(1, () => events.received(encodeFrame(frame)));
    events.opened({
      buffered: 0,
      close: end,
      send: (text) => {
        const frame = decodeFrame(text);
        if (frame.type === 'hello') answer(welcome(this.clock.now()));
        else if (frame.type === 'heartbeat') answer({ type: 'heartbeat-ack', n: frame.n });
        else if (frame.type === 'ready') {
          this.ready += 1;
          this.lastReadyAt = this.clock.monotonic();
        }
      },
    });
  }

  #attempted(): void {
    const second = Math.floor(this.clock.monotonic() / 1000);
    const count = (this.#attempts.get(second) ?? 0) + 1;
    this.#attempts.set(second, count);
    this.peak = Math.max(this.peak, count);
  }
}

const welcome = (now: number): Frame => ({
  type: 'welcome',
  version: 1,
  pair: { spaceId: 'space', slotId: 'slot' },
  epoch: 1,
  heartbeat: { interval: 60, timeout: 30 },
  now,
  ...{ open: [], settle: [], cancel: [], have: [] },
});
