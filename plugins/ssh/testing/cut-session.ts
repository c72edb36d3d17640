/**
 * One whole session over a way that is cut somewhere: what came of it, what must have, and whether anything is left behind. Time is the
 * test’s own: it passes only after the cut, by seconds, until the session has ended.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { Failure, type Section, type Session } from 'ksocket/plugin';
import { agent, all, eventually, type Input, target } from './agent.js';
import type { Cut, CuttingProxy, Direction } from './cutting-proxy.js';
import { manualClock } from './manual-clock.js';

export interface CutSession {
  /** Where it ended: in the login, in the reading, or not at all. */
  readonly at: 'login' | 'reading' | 'end';
  readonly fault: Failure | undefined;
  /** What was reported, after a fault as what remains. */
  readonly sections: readonly Section[];
  readonly connections: number;
  /** What had passed whenever the lockout guard was asked for a secret. */
  readonly secrets: readonly Record<Direction, number>[];
  /** The hop had been entered when it ended. */
  readonly isBehindHop: boolean;
  /** What passed in all. */
  readonly passed: Record<Direction, number>;
}

/** A scan gives a session three times that; it is the deadline of the script. */
const longestSeconds = 60;
/** The login, and one for each other way of asking a host that hangs up on a shell. */
const mostConnections = 3;

/**
 * With `behind`, the way through the proxy leads to a hop, and the session is with the server at that port behind it.
 * @throws AssertionError where it does not end in time, or leaves a connection or a timer
 */
export async function sessionOver(proxy: CuttingProxy, input: Input, cut?: Cut, behind?: number): Promise<CutSession> {
  proxy.fresh(cut);
  const clock = manualClock();
  const held = handles();
  const secrets: Record<Direction, number>[] = [];
  let over = false;
  let session: Session | undefined;
  let hop: Session | undefined;
  const beforeSecret = async () => void secrets.push({ ...proxy.passed });
  const open = async (): Promise<Session> => {
    const our = agent({ clock });
    const near = await our.open({ ...input, port: proxy.port }, { beforeSecret });
    if (behind === undefined) return near;
    hop = near;
    const connect = (address: string, port: number) => near.forward?.(address, port) ?? assert.fail();
    const via = [target.address];
    return our.open({ ...input, port: behind, sshTunnels: via }, { beforeSecret, via, connect });
  };
  const work = async (): Promise<Pick<CutSession, 'at' | 'fault' | 'sections'>> => {
    const opened = await open().catch(failureOf);
    if (opened instanceof Failure) return { at: 'login', fault: opened, sections: [] };
    session = opened;
    try {
      return { at: 'end', fault: undefined, sections: await all(opened) };
    } catch (error) {
      const sections: Section[] = [];
      for await (const it of opened.remains?.() ?? []) sections.push(it);
      return { at: 'reading', fault: failureOf(error), sections };
    }
  };
  const working = work().finally(() => {
    over = true;
  });
  for (let seconds = 0; !over; ) {
    await turn();
    if (!proxy.isCut || over) continue;
    // What is on its way arrives first; whoever is cut off may be on its way anew.
    if (cut?.how !== 'silent') await delay(20);
    for (let turns = 0; turns < 10; turns += 1) await turn();
    clock.pass(1000);
    seconds += 1;
    assert.ok(seconds <= longestSeconds, `not over after ${longestSeconds} seconds`);
  }
  const came = await working;
  const passed = { ...proxy.passed };
  await session?.close();
  await hop?.close();
  await eventually(() => {
    // The goodbye has a limit of its own.
    clock.pass(1000);
    return proxy.open === 0 && clock.waiting() === 0 && handles() <= held;
  });
  return { ...came, connections: proxy.connections, secrets, passed, isBehindHop: hop !== undefined };
}

/** What holds of every cut of a session that came to its end as `whole` when it was not cut. */
export function endsWell(it: CutSession, { how, direction, after }: Cut, whole: CutSession): void {
  assert.ok(it.connections <= mostConnections, `${it.connections} connections`);
  assert.ok(it.secrets.length <= it.connections * whole.secrets.length);
  // What is risked here would be charged to the account.
  for (const [nth, asked] of whole.secrets.entries())
    if (after < asked[direction])
      assert.ok(it.secrets.length <= nth, 'no secret is risked before a server asks for it');
  const cutState = how === 'silent' ? 'timeout' : 'truncated';
  for (const { name, state } of it.sections) assert.ok(state === 'ok' || state === cutState, `${name}: ${state}`);
  if (it.fault === undefined) {
    if (how !== 'silent') return assert.ok(it.sections.every(({ state }) => state === 'ok'));
    return assert.ok(it.sections.length > 0);
  }
  const { code, message, remedy } = it.fault;
  assert.ok(remedy, message);
  if (it.isBehindHop) {
    if (how === 'silent') return assert.equal(code, 'E_TIMEOUT', message);
    assert.equal(code, 'E_TUNNEL', message);
    return assert.match(message, /hop 127\.0\.0\.1: the peer closed the connection/);
  }
  if (code !== 'E_LOGIN') return assert.equal(code, how === 'silent' ? 'E_TIMEOUT' : 'E_RESET', message);
  // Many devices end the connection in place of saying no; Node.js tells a reset that comes with data as an end, too.
  assert.equal(it.secrets.length, 1);
  assert.match(remedy, /hung up on the password/);
}

/** Sockets and timers of this process. */
const handles = (): number =>
  process.getActiveResourcesInfo().filter((it) => it === 'TCPSocketWrap' || it === 'Timeout').length;

function failureOf(error: unknown): Failure {
  assert.ok(error instanceof Failure, String(error));
  return error;
}
