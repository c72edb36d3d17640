/**
 * One whole session over a way that is cut somewhere: what came of it, what must have, and whether anything is left behind. Time is the
 * test’s own: it passes only after the cut, by seconds, until the session has ended.
 */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { Failure, type Section, type Session } from 'ksocket/plugin';
import { agent, all, eventually, type Input } from './agent.js';
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
  /** What passed in all. */
  readonly passed: Record<Direction, number>;
}

/** A scan gives a session three times that; it is the deadline of the script. */
const longestSeconds = 60;
/** The login, and one for each other way of asking a host that hangs up on a shell. */
const mostConnections = 3;

/** @throws AssertionError where it does not end in time, or leaves a connection or a timer */
export async function sessionOver(proxy: CuttingProxy, input: Input, cut?: Cut): Promise<CutSession> {
  proxy.fresh(cut);
  const clock = manualClock();
  const held = handles();
  const secrets: Record<Direction, number>[] = [];
  let over = false;
  let session: Session | undefined;
  const work = async (): Promise<Pick<CutSession, 'at' | 'fault' | 'sections'>> => {
    const beforeSecret = async () => void secrets.push({ ...proxy.passed });
    const opened = await agent({ clock })
      .open({ ...input, port: proxy.port }, { beforeSecret })
      .catch(failureOf);
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
    // What is on its way arrives first.
    for (let turns = 0; turns < 10; turns += 1) await turn();
    clock.pass(1000);
    seconds += 1;
    assert.ok(seconds <= longestSeconds, `not over after ${longestSeconds} seconds`);
  }
  const came = await working;
  const passed = { ...proxy.passed };
  await session?.close();
  await eventually(() => {
    // The goodbye has a limit of its own.
    clock.pass(1000);
    return proxy.open === 0 && clock.waiting() === 0 && handles() <= held;
  });
  return { ...came, connections: proxy.connections, secrets, passed };
}

/** What holds of every cut of a session that came to its end as `whole` when it was not cut. */
export function endsWell(it: CutSession, { how, direction, after }: Cut, whole: CutSession): void {
  assert.ok(it.connections <= mostConnections, `${it.connections} connections`);
  assert.ok(it.secrets.length <= it.connections);
  const [asked] = whole.secrets;
  assert.ok(asked !== undefined);
  // What is refused or charged here would be charged to the account.
  if (after < asked[direction])
    assert.equal(it.secrets.length, 0, 'no secret is risked before the server has asked for it');
  const cutState = how === 'silent' ? 'timeout' : 'truncated';
  for (const { name, state } of it.sections) assert.ok(state === 'ok' || state === cutState, `${name}: ${state}`);
  if (it.fault === undefined) {
    if (how !== 'silent') return assert.ok(it.sections.every(({ state }) => state === 'ok'));
    return assert.ok(it.sections.length > 0);
  }
  const { code, message, remedy } = it.fault;
  assert.ok(remedy, message);
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
