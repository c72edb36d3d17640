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
    goal(
      `${factor === 1 ? 'not slower than' : factor < 1 ? `at most ${1 / factor} times` : `${factor} times as fast as`} ${row.contender}`,
      compare(own, row, factor),
      `${bound(row)}${(row.seconds / own.seconds).toFixed(2)} times as fast`,
    );
  const complete = goal(
    'all found, none wrong',
    own.missed === 0 && own.wrong === 0,
    `${own.missed} missed, ${own.wrong} wrong`,
  );
  if (it.place === 'routed') return [complete, ...[...peer('fping'), ...peer('nmap')].map((row) => faster(1, row))];
  if (it.prefix === 24)
    return [complete, ...peer('arp-scan').map((row) => faster(1, row)), ...peer('nmap').map((row) => faster(3, row))];
  const p99 = own.own?.eventLoop.p99Ms ?? 0;
  return [
    complete,
    ...peer('arp-scan').map((row) => faster(1 / 1.2, row)),
    ...peer('nmap').map((row) => faster(20, row)),
    goal(`peak memory at most ${mostRssMiB} MiB`, own.peakMiB <= mostRssMiB, `${own.peakMiB.toFixed(0)} MiB`),
    goal(`event loop p99 below ${mostP99Ms} ms`, p99 < mostP99Ms, `${p99.toFixed(1)} ms`),
  ];
}

/** A peer that failed, or found less than we did, was not faster. */
function compare(own: Row, peer: Row, factor: number): boolean | undefined {
  if (own.capped) return false;
  if (peer.fault !== undefined) return undefined;
  const met = own.seconds * factor <= peer.seconds;
  return met || !peer.capped ? met : undefined;
}

/** What the time of a peer that was ended says. */
export function bound(row: Row): string {
  return row.capped ? '> ' : row.times > 1 ? '≈ ' : '';
}
