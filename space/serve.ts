/** The running space: one port for the agents, the REST interface and the page. */
import type { AddressInfo } from 'node:net';
import { asFailure, failure } from '../core/contract/failure.js';
import type { Clock, Logger, Random } from '../core/contract/ports.js';
import { closeCodes } from '../core/wire/ids.js';
import { Actions } from './actions.js';
import { serveAgents } from './agents.js';
import { buildApp } from './app.js';
import { Feed } from './feed.js';
import { Hub } from './hub.js';
import { allowedHosts } from './rest/guard.js';
import { adminKeyIn, Keys } from './rest/keys.js';
import type { Runtime } from './runtime.js';
import { LiveScans } from './scan/live.js';
import { forgetOldEvents } from './storage/events.js';
import { spaceIdOf } from './storage/meta.js';
import { expireWaiting, inheritedOrders } from './storage/operations.js';
import { listSlots, markAllDisconnected } from './storage/slots.js';
import { openStorage, type Storage } from './storage/sqlite.js';
import { listTokens } from './storage/tokens.js';

export interface ServeOptions {
  /** Holds the database and the admin key; made when it is missing. */
  readonly directory: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** Instead of the one in `<directory>/admin-key`. */
  readonly adminKey?: string;
  /** More names by which browsers may call this space, such as that of the reverse proxy before it. */
  readonly hosts?: readonly string[];
  /** Seconds; what agents are told in `welcome`. */
  readonly heartbeat?: { readonly interval: number; readonly timeout: number };
}

export interface RunningSpace {
  /** `http://127.0.0.1:8080`, without a slash at its end. */
  readonly url: string;
  /** Opens a session in a browser. As secret as the key in it. */
  readonly loginUrl: string;
  readonly spaceId: string;
  /** Tells the agents, answers what is under way, closes the database. */
  close(): Promise<void>;
}

const defaultHeartbeat = { interval: 60, timeout: 30 };
/** Seconds to answer an operation (the seed's connect.requestTimeout). */
const requestTimeout = 60;
/** How soon what the command line did is noticed. Asking costs microseconds. */
const pollMs = 500;
const housekeepingMs = 10_000;

/** @throws Failure E_STORAGE, E_PRIVILEGE, E_INPUT when the directory or the port cannot be used. */
export async function serveSpace(options: ServeOptions): Promise<RunningSpace> {
  const { directory, host = '127.0.0.1', port, log, clock, random } = options;
  const storage = await openStorage(directory);
  try {
    return await serve(storage, { ...options, host, port, log, clock, random });
  } catch (error) {
    await storage.close();
    throw listenFailure(error, host, port);
  }
}

async function serve(storage: Storage, options: ServeOptions & { host: string }): Promise<RunningSpace> {
  const { directory, host, port, log, clock, random } = options;
  const { db } = storage;
  const adminKey = options.adminKey ?? adminKeyIn(directory, random);
  const spaceId = await spaceIdOf(db, random);
  await markAllDisconnected(db, clock.now());
  await forgetOldEvents(db);
  const inherited = await inheritedOrders(db);
  const feed = new Feed(clock);
  const live = new LiveScans(clock);
  const heartbeat = options.heartbeat ?? defaultHeartbeat;
  const hub = new Hub(db, { clock, random, log, feed, live }, { spaceId, heartbeat, requestTimeout, inherited });
  const changed = (): void => {
    feed.tell({ topic: 'all' });
    void attend();
  };
  const runtime: Runtime = {
    db,
    directory,
    actions: new Actions(db, clock, random, changed),
    hub,
    live,
    feed,
    keys: new Keys(adminKey, clock),
    clock,
    log,
    streams: new Set(),
  };
  /** Does what a change asks for: new orders to the agents, and away with those that may no longer be here. */
  const attend = async (): Promise<void> => {
    try {
      await sendAway(runtime);
      await hub.endAbandoned();
      await hub.wake();
    } catch (error) {
      log.error('storage failed', { error: String(error) });
    }
  };
  const app = buildApp(runtime, { hosts: allowedHosts(host, options.hosts ?? []) });
  const stopAgents = serveAgents(app.server, runtime);
  await app.listen({ host, port });
  const stopWatching = watch(storage, clock, changed);
  const stopKeeping = every(clock, housekeepingMs, async () => {
    if ((await expireWaiting(db, clock.now())) > 0) feed.tell({ topic: 'scans' });
    await attend();
  });
  const bound = (app.server.address() as AddressInfo).port;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  log.info('space serves', { url, directory });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    stopWatching();
    await stopKeeping();
    await hub.close();
    for (const end of runtime.streams) end();
    stopAgents();
    await app.close();
    await hub.settled();
    await storage.close();
    log.info('space ended', { url });
  };
  return {
    url,
    loginUrl: `${url}/login?key=${encodeURIComponent(adminKey)}`,
    spaceId,
    close: () => (closing ??= close()),
  };
}

/** Agents whose slot was disabled or whose token was revoked or has expired leave at once. */
async function sendAway({ db, hub, clock }: Runtime): Promise<void> {
  if (hub.connected.length === 0) return;
  const tokens = new Map((await listTokens(db)).map((token) => [token.id, token]));
  const slots = new Map((await listSlots(db)).map((slot) => [slot.id, slot]));
  const now = clock.now();
  for (const { slotId, tokenId } of hub.connected) {
    const token = tokens.get(tokenId);
    if (token === undefined) hub.disconnect(slotId, closeCodes.auth, 'token revoked');
    else if (token.expiresAt !== null && token.expiresAt <= now)
      hub.disconnect(slotId, closeCodes.auth, 'token expired');
    else if (slots.get(slotId)?.enabled !== 1) hub.disconnect(slotId, closeCodes.disabled, 'slot disabled');
  }
}

/** Notices what another process wrote. */
function watch(storage: Storage, clock: Clock, changed: () => void): () => void {
  let seen = storage.writtenElsewhere();
  let stop: () => void;
  const look = (): void => {
    const version = storage.writtenElsewhere();
    if (version !== seen) changed();
    seen = version;
    stop = clock.after(pollMs, look);
  };
  stop = clock.after(pollMs, look);
  return () => stop();
}

/** Runs again and again, one at a time; the returned function waits for the one that runs. */
function every(clock: Clock, ms: number, work: () => Promise<void>): () => Promise<void> {
  let ended = false;
  let running: Promise<void> = Promise.resolve();
  let stop: () => void;
  const turn = (): void => {
    running = work()
      .catch(() => undefined)
      .finally(() => {
        if (!ended) stop = clock.after(ms, turn);
      });
  };
  stop = clock.after(ms, turn);
  return async () => {
    ended = true;
    stop();
    await running;
  };
}

function listenFailure(error: unknown, host: string, port: number): unknown {
  const code = (error as { code?: string }).code;
  if (code === 'EADDRINUSE')
    return failure('E_INPUT', `listen on ${host}:${port}`, {
      cause: error,
      remedy: 'another program listens there; choose another port',
    });
  return code === 'EACCES' || code === 'EADDRNOTAVAIL' ? asFailure(error, `listen on ${host}:${port}`) : error;
}
