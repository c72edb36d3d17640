/** All connected agents: who may come in, what wakes them, how they are sent away. */
import type { WebSocket } from 'ws';
import type { Clock, Logger, Random } from '../core/contract/ports.js';
import type { FrameOf } from '../core/wire/frames.js';
import { closeCodes } from '../core/wire/ids.js';
import type { Feed } from './feed.js';
import { concludeScan } from './scan/conclude.js';
import type { LiveScans } from './scan/live.js';
import { Committer } from './session/committer.js';
import { Link, type LinkPorts } from './session/link.js';
import type { Change } from './session/order.js';
import { endedHere } from './session/reconcile.js';
import type { Committed, SessionStore } from './session/store.js';
import { addEvent, type EventKind } from './storage/events.js';
import { saveProgress } from './storage/scans.js';
import type { Database } from './storage/schema.js';
import { sessionStore } from './storage/session-store.js';
import { updateKind } from './updates/offers.js';

export interface HubSettings {
  readonly spaceId: string;
  /** Seconds. */
  readonly heartbeat: { readonly interval: number; readonly timeout: number };
  readonly requestTimeout: number;
  /** Open operations that an earlier process left. */
  readonly inherited: ReadonlySet<string>;
}

/** Agents that come back after a restart are spread so that no more than these come in a second: TLS and a claim each. */
const returnsPerSecond = 500;
/** A lossy progress is written down this often, for a page that is opened after a restart. */
const saveProgressMs = 5000;

export class Hub {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Logger;
  readonly #feed: Feed;
  readonly #live: LiveScans;
  readonly #settings: HubSettings;
  readonly #store: SessionStore;
  readonly #committer: Committer;
  /** The current link of each slot. */
  readonly #links = new Map<string, Link>();
  /** Every link that is not closed, those that have not said hello among them. */
  readonly #open = new Set<Link>();
  readonly #background = new Set<Promise<unknown>>();
  readonly #savedAt = new Map<string, number>();
  /** Updates that have just ended, and whose they are. */
  readonly #updates = new Map<string, string>();
  #closing = false;

  constructor(
    db: Database,
    ports: { clock: Clock; random: Random; log: Logger; feed: Feed; live: LiveScans },
    settings: HubSettings,
    store?: SessionStore,
  ) {
    this.#db = db;
    this.#clock = ports.clock;
    this.#random = ports.random;
    this.#log = ports.log;
    this.#feed = ports.feed;
    this.#live = ports.live;
    this.#settings = settings;
    this.#store =
      store ??
      sessionStore(db, async (queries, operation, outcome, now) => {
        if (operation.kind === 'networks.scan')
          await concludeScan(queries, operation, outcome, now, this.#random, this.#log);
        if (operation.kind === updateKind) this.#updates.set(operation.op_id, operation.slot_id);
      });
    this.#committer = new Committer((batches) => this.#store.commit(batches, this.#clock.now()));
  }

  /** Is this slot's agent there, now? */
  isConnected(slotId: string): boolean {
    return this.#links.get(slotId)?.session.isReady ?? false;
  }

  get connected(): readonly { slotId: string; tokenId: string }[] {
    return [...this.#links.values()];
  }

  accept(socket: WebSocket, token: { slotId: string; tokenId: string }, remote: string): void {
    const link = new Link(
      token.slotId,
      token.tokenId,
      remote,
      socket,
      { ...this.#settings, slotId: token.slotId },
      this.#portsOf(),
    );
    this.#open.add(link);
    link.start();
    if (this.#closing) link.close(closeCodes.maintenance, 'the space is going down');
  }

  /** Looks for new orders and cancellations of everyone who is connected. */
  async wake(): Promise<void> {
    for (const [slotId, orders] of await this.#store.news()) {
      const link = this.#links.get(slotId);
      if (link?.session.isReady) link.orders(orders);
    }
  }

  /**
   * Ends what its agent will not: an operation that was cancelled while the agent is away, or whose time is over. When the agent
   * comes back with it, it is told that it is settled.
   */
  async endAbandoned(): Promise<void> {
    for (const { slotId, epoch, order, overdue } of await this.#store.abandoned(this.#clock.now(), this.#leaseMs)) {
      if (this.isConnected(slotId)) continue;
      const outcome = overdue
        ? endedHere(order, 'expired', 'E_EXPIRED', 'the agent was not heard of again')
        : endedHere(order, 'cancelled', 'E_CANCELLED', order.cancelReason ?? '');
      const changes: Change[] = [
        { type: 'outcome', opId: order.opId, outcome, origin: 'space' },
        // Writing for the slot must not look as if its agent had been heard.
        { type: 'release' },
      ];
      if ((await this.#committer.commit(slotId, epoch, changes)) === 'durable') this.#tell(changes);
    }
  }

  get #leaseMs(): number {
    const { interval, timeout } = this.#settings.heartbeat;
    return (interval + timeout) * 1000;
  }

  /** Sends away one slot's agent: disabled, or its token revoked. */
  disconnect(slotId: string, code: number, reason: string): void {
    this.#links.get(slotId)?.close(code, reason);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const bye = {
      type: 'bye',
      code: 'E_MAINTENANCE',
      retryAfter: Math.ceil(this.#open.size / returnsPerSecond),
    } as const;
    for (const link of this.#open) link.close(closeCodes.maintenance, 'the space is going down', bye);
    await this.settled();
  }

  /** Resolves when nothing is on its way to the disk any more. */
  async settled(): Promise<void> {
    await this.#committer.idle();
    while (this.#background.size > 0) await Promise.allSettled(this.#background);
  }

  #portsOf(): LinkPorts {
    return {
      clock: this.#clock,
      log: this.#log,
      claim: (link, hello) => this.#claim(link, hello),
      commit: (link, changes) => this.#commit(link, changes),
      progress: (_, progress) => this.#progress(progress),
      ready: (link) => this.#ready(link),
      closed: (link, code, reason) => this.#closed(link, code, reason),
    };
  }

  async #claim(link: Link, hello: FrameOf<'hello'>) {
    const claimed = await this.#store.claim(link.slotId, hello, {
      spaceId: this.#settings.spaceId,
      now: this.#clock.now(),
      leaseMs: this.#leaseMs,
      inherited: this.#settings.inherited,
    });
    const { verdict } = claimed;
    if (verdict.type === 'refuse') {
      this.#log.warn('agent refused', { slot: link.slotId, reason: verdict.reason, remote: link.remote });
      this.#note('slot-refused', link.slotId, verdict.reason);
    } else if (verdict.type === 'serve') {
      // Its frames are fenced by the epoch already; closing tells it so.
      const older = this.#links.get(link.slotId);
      this.#links.set(link.slotId, link);
      older?.close(closeCodes.replaced, 'replaced by a newer connection');
    }
    return claimed;
  }

  #ready(link: Link): void {
    const hello = link.session.hello;
    this.#log.info('agent connected', { slot: link.slotId, agent: hello?.name, remote: link.remote });
    this.#note('slot-connected', link.slotId, `${hello?.name ?? ''} ${hello?.agentVersion ?? ''} (${link.remote})`);
    this.#feed.tell({ topic: 'slots', id: link.slotId });
    // An order may have come between the welcome and now.
    this.#inBackground(this.#store.openOrders(link.slotId).then((orders) => link.orders(orders)));
  }

  async #commit(link: Link, changes: readonly Change[]): Promise<Committed> {
    const result = await this.#committer.commit(link.slotId, link.session.epoch, changes);
    if (result === 'durable') this.#tell(changes);
    return result;
  }

  #tell(changes: readonly Change[]): void {
    for (const opId of new Set(changes.flatMap((c) => (c.type === 'record' ? c.opId : []))))
      this.#feed.tell({ topic: 'records', id: opId });
    for (const change of changes) {
      if (change.type === 'seen' || change.type === 'release' || change.type === 'record') continue;
      this.#feed.tell({ topic: 'scans', id: change.opId });
      if (change.type !== 'outcome') continue;
      this.#live.forget(change.opId);
      this.#savedAt.delete(change.opId);
      this.#feed.tell({ topic: 'networks' });
      const slotId = this.#updates.get(change.opId);
      if (slotId === undefined) this.#note('scan-ended', change.opId, change.outcome.status);
      else this.#note('update-ended', slotId, change.outcome.status);
      this.#updates.delete(change.opId);
    }
  }

  #progress(progress: FrameOf<'progress'>): void {
    this.#live.report(progress);
    const { opId, done, total, note } = progress;
    this.#feed.tell({ topic: 'progress', id: opId, data: { ...this.#live.progress(opId) } });
    const at = this.#clock.monotonic();
    if (at - (this.#savedAt.get(opId) ?? Number.NEGATIVE_INFINITY) < saveProgressMs) return;
    this.#savedAt.set(opId, at);
    this.#inBackground(saveProgress(this.#db, opId, { done, total, note }));
  }

  #closed(link: Link, code: number, reason: string): void {
    this.#open.delete(link);
    this.#log.info('agent disconnected', { slot: link.slotId, code, reason });
    if (this.#links.get(link.slotId) !== link) return;
    this.#links.delete(link.slotId);
    this.#feed.tell({ topic: 'slots', id: link.slotId });
    const ended = async (): Promise<void> => {
      await link.drained();
      const lastFrameAt = link.released ? null : link.lastFrameAt;
      await this.#store.disconnected(link.slotId, link.session.epoch, this.#clock.now(), lastFrameAt);
      this.#note('slot-disconnected', link.slotId, `${code} ${reason}`.trim());
    };
    this.#inBackground(ended());
  }

  #note(kind: EventKind, subject: string, detail: string): void {
    this.#inBackground(addEvent(this.#db, { kind, subject, detail }, this.#clock.now(), this.#random));
  }

  #inBackground(work: Promise<unknown>): void {
    const tracked = work.catch((error) => this.#log.error('storage failed', { error: String(error) }));
    this.#background.add(tracked);
    void tracked.finally(() => this.#background.delete(tracked));
  }
}
