/**
 * How the time of some work grows, for tests of what must stay linear on hostile input: a ratio of this process's own CPU time, so that
 * neither a slow machine nor a busy one decides.
 */

/** Of several runs the fastest counts: the first ones warm up, others are interrupted. */
const runs = 3;

/**
 * @param work does as much as `times` says
 * @param factor how many times as much is done in the larger of the two runs
 * @returns how much longer a piece takes when there are so many: about 1 when the work is linear (more where the larger run has garbage
 *   to collect), about `factor` when it is quadratic
 */
export function growth(factor: number, work: (times: number) => unknown): number {
  const fastest = (times: number) => Math.min(...Array.from({ length: runs }, () => cpuSecondsOf(() => work(times))));
  return fastest(factor) / fastest(1) / factor;
}

function cpuSecondsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
