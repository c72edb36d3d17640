/** ICMP echo on Windows, whose own driver matches the replies to their requests: no raw socket, no rights beyond a user's. */
import type { Address, Clock, Random } from 'ksocket/plugin';
import { type EchoEnd, openEchoRequests } from '../sockets/echo-requests.js';
import { ownInterfaces } from '../system/interfaces.js';
import { windowsFailure } from '../system/windows-errors.js';
import { type Answer, type Hearing, isObstacle, type Obstacle, type Probe } from './probe.js';

/** As in echo.ts. */
const waits = [500, 1000, 1500] as const;
const dataLength = 16;
/** Before the lane's wait ends, so that the request is over when the next one leaves. */
const marginMs = 10;

export async function openWindowsEcho(scene: {
  readonly hearing: Hearing;
  readonly clock: Clock;
  readonly random: Random;
}): Promise<Probe | Obstacle> {
  const own: ReadonlySet<Address> = new Set(ownInterfaces().map((it) => it.address));
  const requests = await openEchoRequests(scene.clock, scene.random.bytes(dataLength), (to, end) => {
    if (typeof end === 'number' && windowsFailure(end) === 'short') scene.hearing.unsent(to);
    const answer = echoAnswer(to, end, own);
    if (answer !== undefined) scene.hearing.heard(answer);
  });
  if (isObstacle(requests)) return requests;
  return {
    name: 'icmp-echo',
    waits,
    repeats: true,
    packets: 1,
    send(address, _attempt, waitMs) {
      const result = requests.send(address, waitMs - marginMs);
      if (result === 'busy') return 'busy';
      return result === 0 ? 'sent' : windowsFailure(result);
    },
    close: () => requests.close(),
  };
}

/**
 * What the end of a request proves. An unreachable that this machine writes to itself is the silence of its own ARP. One that
 * the asked host sends proves life. One of a router proves nothing here: Windows tells no ICMP code, and the same status may
 * stand for a prohibition (codes 9 and 10), which is no death.
 */
export function echoAnswer(to: Address, end: EchoEnd, own: ReadonlySet<Address>): Answer | undefined {
  if (typeof end === 'number') return undefined;
  const { from, kind, word, rttMs } = end;
  const evidence = { probe: 'icmp-echo', answer: word, rttMs };
  // A reply from another address is one to a broadcast, or a forgery.
  if (kind === 'reply') return from === to ? { address: to, alive: 'yes', timed: true, evidence } : undefined;
  if (from === to) return { address: to, evidence, ...(kind === 'unreachable' ? { alive: 'yes', timed: true } : {}) };
  return own.has(from) ? undefined : { address: to, evidence };
}
