/** The goals beside what came out: told, never asserted, since another machine has other figures. */
import { type CaseResult, type Row, rate } from './row.js';

export interface Goal {
  readonly case: string;
  readonly goal: string;
  readonly measured: string;
  /** Undefined when a fault leaves it open. */
  readonly met: boolean | undefined;
}

const mostP99Ms = 50;
/** Between the smallest and the largest number of hosts, memory beyond the smallest may grow by so much a host. */
const mostKiBaHost = 200;

export function goalsOf(it: CaseResult): Goal[] {
  const rows = it.rows;
  const peers = rows.filter((row) => !row.ours);
  const own = (peer: Row) => rows.filter((row) => row.ours && row.atOnce === peer.atOnce);
  const goal = (text: string, measured: string, met: boolean | undefined): Goal => ({
    ...{ case: it.title, goal: text, measured, met },
  });
  const times = (factor: number, peer: Row, mine: Row): Goal => {
    const ratio = rate(mine) / rate(peer);
    const fault = peer.fault ?? mine.fault;
    const text = `${mine.contender}: at least ${factor} times the ${it.unit} a second of ${peer.contender}${at(it, peer)}`;
    return goal(text, fault ?? `${ratio.toFixed(2)} ×`, fault === undefined ? ratio >= factor : undefined);
  };
  const complete = rows
    .filter((row) => row.ours)
    .map((row) =>
      goal(`${row.contender}${at(it, row)}: all read`, `${row.done} of ${row.amount}`, row.done === row.amount),
    );
  switch (it.kind) {
    case 'ssh':
      return [
        ...complete,
        ...peers.flatMap((peer) =>
          own(peer).flatMap((mine) => [times(10, peer, mine), thriftier(peer, mine, goal, it)]),
        ),
        ...calm(rows, goal),
      ];
    case 'walk':
      return [...complete, ...peers.flatMap((peer) => own(peer).map((mine) => times(0.8, peer, mine)))];
    case 'agents':
      return [
        ...complete,
        ...peers
          .filter((peer) => peer.amount < (rows[0]?.amount ?? 0))
          .flatMap((peer) => own(peer).map((mine) => times(5, peer, mine))),
        ...calm(rows, goal),
      ];
    case 'memory':
      return [...complete, ...flat(rows, goal)];
  }
}

type Say = (text: string, measured: string, met: boolean | undefined) => Goal;

function thriftier(peer: Row, mine: Row, goal: Say, it: CaseResult): Goal {
  const [a, b] = [mine.cpuSeconds / mine.done, peer.cpuSeconds / peer.done];
  const text = `${mine.contender}: less CPU a host than ${peer.contender}${at(it, peer)}`;
  return goal(text, `${(a * 1000).toFixed(0)} ms, ${(b * 1000).toFixed(0)} ms`, a < b);
}

function calm(rows: readonly Row[], goal: Say): Goal[] {
  return rows.flatMap(({ contender, atOnce, own }) =>
    own === undefined
      ? []
      : goal(
          `${contender}, ${atOnce} at once: event loop p99 below ${mostP99Ms} ms`,
          `${own.eventLoop.p99Ms.toFixed(1)} ms`,
          own.eventLoop.p99Ms < mostP99Ms,
        ),
  );
}

function flat(rows: readonly Row[], goal: Say): Goal[] {
  return [...new Set(rows.map((row) => row.contender))].flatMap((contender) => {
    const mine = rows.filter((row) => row.contender === contender).sort((a, b) => a.amount - b.amount);
    const [few, many] = [mine[0], mine.at(-1)];
    if (few?.own === undefined || many?.own === undefined || few === many) return [];
    const growth = ((many.own.peakMiB - few.own.peakMiB) * 1024) / (many.amount - few.amount);
    const text = `${contender}: from ${few.amount} to ${many.amount} hosts at most ${mostKiBaHost} KiB more for each`;
    return goal(text, `${growth.toFixed(0)} KiB`, growth <= mostKiBaHost);
  });
}

function at({ unit }: CaseResult, { atOnce }: Row): string {
  return unit === 'hosts' ? `, ${atOnce} at once` : '';
}
