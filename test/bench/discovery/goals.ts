/** The goals beside what came out: told, never asserted, since another machine has other figures. */
import { liveness } from './contenders.js';
import type { CaseResult, Row } from './one-case.js';

export interface Goal {
  readonly case: string;
  readonly goal: string;
  /** Undefined when a run that was cut short leaves it open. */
  readonly met: boolean | undefined;
  readonly measured: string;
}

const mostRssMiB = 150;
const mostP99Ms = 50;

export function goalsOf(it: CaseResult): Goal[] {
  const own = it.rows.find((row) => row.contender === liveness.title);
  if (own === undefined) return [];
  const peer = (name: string) => it.rows.filter((row) => row.contender.startsWith(name));
  const goal = (text: string, met: boolean | undefined, measured: string): Goal => ({
    ...{ case: it.title, goal: text, met, measured },
  });
  const faster = (factor: number, row: Row): Goal =>
    goal(`${comparison(factor)} ${row.contender}`, compare(own, row, factor), relation(own, row));
  const complete = goal(
    'all found, none wrong',
    own.wrong > 0 ? false : own.missed === 0 || (own.capped ? undefined : false),
    `${own.missed} ${own.capped ? 'not yet found when ended' : 'missed'}, ${own.wrong} wrong`,
  );
  if (it.place === 'routed') {
    const peers = [...peer('fping'), ...peer('nmap')];
    return [complete, ...peers.map((row) => faster(1, row)), ...peers.flatMap((row) => completeBefore(own, row, goal))];
  }
  if (it.prefix === 24)
    return [complete, ...peer('arp-scan').map((row) => faster(1, row)), ...peer('nmap').map((row) => faster(3, row))];
  return [
    complete,
    ...peer('arp-scan').map((row) => faster(1 / 1.2, row)),
    ...peer('nmap').map((row) => faster(20, row)),
    // What an operator runs must keep to them as well, not the sweep alone.
    ...it.rows.flatMap((row) => (row.own === undefined ? [] : frugality(row, row.own.eventLoop.p99Ms, goal))),
  ];
}

/**
 * Equal completeness: what the peer knew at its end, we knew when we had found the last host. Its start-up is in our wall time and
 * not in the moment of that host, so it is added. The rest of our time goes to TCP and UDP, which fping does not ask.
 */
function completeBefore(
  own: Row,
  peer: Row,
  goal: (text: string, met: boolean | undefined, measured: string) => Goal,
): Goal[] {
  if (own.own === undefined || peer.fault !== undefined || peer.times > 1) return [];
  const start = own.capped ? 0 : own.seconds - own.own.seconds;
  const known = own.own.lastAliveSeconds + Math.max(0, start);
  const met = own.found >= peer.found ? known <= peer.seconds : false;
  const text = `everybody whom ${peer.contender} finds, before it ends`;
  return [goal(text, met || !peer.capped ? met : undefined, `${known.toFixed(1)} s, ${peer.seconds.toFixed(1)} s`)];
}

function frugality(row: Row, p99Ms: number, goal: (text: string, met: boolean, measured: string) => Goal): Goal[] {
  const { contender, peakMiB } = row;
  return [
    goal(`${contender}: peak memory at most ${mostRssMiB} MiB`, peakMiB <= mostRssMiB, `${peakMiB.toFixed(0)} MiB`),
    goal(`${contender}: event loop p99 below ${mostP99Ms} ms`, p99Ms < mostP99Ms, `${p99Ms.toFixed(1)} ms`),
  ];
}

function comparison(factor: number): string {
  if (factor < 1) return `at most ${(1 / factor).toFixed(1)} times the time of`;
  return factor === 1 ? 'not slower than' : `${factor} times as fast as`;
}

/** A run of ours that was cut short is slower only than a peer that was done by then. */
function compare(own: Row, peer: Row, factor: number): boolean | undefined {
  if (peer.fault !== undefined || (own.capped && peer.capped)) return undefined;
  if (own.capped) return own.seconds * factor > peer.seconds ? false : undefined;
  const met = own.seconds * factor <= peer.seconds;
  return met || !peer.capped ? met : undefined;
}

/** How many times as fast as the peer we were; a bound when one of both was cut short, nothing when both were. */
export function relation(own: Row, peer: Row): string {
  if (peer.fault !== undefined || (own.capped && peer.capped)) return '?';
  return `${own.capped ? '< ' : approximation(peer)}${(peer.seconds / own.seconds).toFixed(2)} ×`;
}

/** What stands before a time that was not measured to its end or on the whole network. */
export function approximation(row: Row): string {
  return row.capped ? '> ' : row.times > 1 ? '≈ ' : '';
}
