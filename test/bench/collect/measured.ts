/** Runs one contender where the questions come from and measures it and everything that it starts, each in the same way. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Place } from './place.js';

export interface Measured {
  /** From the start of the process to its end. */
  readonly seconds: number;
  /** User and system time of the whole tree, also of who went on in the background. */
  readonly cpuSeconds: number;
  /** Most memory of the whole tree at one moment; what processes share is counted once. */
  readonly peakMiB: number;
  /** It failed by its own account. */
  readonly fault?: string;
  readonly output: string;
}

/**
 * A session of its own, whose processes come before other work of the machine, which would decide otherwise. With autogroups (sched(7)) the
 * kernel shares the processor among sessions first, of which each SSH login is one: without this, who asks would get the less
 * the more it asks.
 */
const priority = (nice: number): string[] => [
  ...['setsid', '-w', 'sh', '-c'],
  `[ -w /proc/self/autogroup ] && echo ${nice} >/proc/self/autogroup; exec nice -n ${nice} "$@"`,
  'sh',
];
/** Who asks comes before who is asked, as on a machine of its own; the same for everybody. */
export const askerPriority = priority(-20);
export const targetPriority = priority(-10);

/** Often enough to see a peak, seldom enough not to be one. */
const sampleMs = 300;

/** @param environment beside the one of the bench */
export async function measure(
  place: Place,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'ksocket-bench-'));
  try {
    const [usage, output, errors] = ['usage', 'output', 'errors'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const files = [await open(output, 'w'), await open(errors, 'w')] as const;
    // A PID namespace, so that whoever puts itself into the background ends with its maker and is counted with it.
    const tree = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', '"$@"; exit $?', 'sh'];
    const [first = '', ...rest] = place.here([
      ...askerPriority,
      '/usr/bin/time',
      '-q',
      '-o',
      usage,
      '-f',
      '%U %S',
      ...tree,
      ...command,
    ]);
    const from = performance.now();
    const child = spawn(first, rest, {
      stdio: ['ignore', files[0].fd, files[1].fd],
      env: { ...process.env, ...environment },
    });
    const peak = watch(child.pid ?? 0);
    const [status] = (await once(child, 'close')) as [number | null];
    const seconds = (performance.now() - from) / 1000;
    const peakMiB = await peak();
    for (const file of files) await file.close();
    const [user = 0, system = 0] = (await readFile(usage, 'utf8')).trim().split(' ').map(Number);
    const said = async () => (await readFile(errors, 'utf8')).trim().split('\n').slice(-3).join(' ');
    return {
      ...{ seconds, cpuSeconds: user + system, peakMiB },
      ...(status === 0 ? {} : { fault: `status ${status}: ${await said()}` }),
      output: await readFile(output, 'utf8'),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Looks again and again at what a process and its descendants hold; the returned function ends that and tells the most. */
function watch(root: number): () => Promise<number> {
  let most = 0;
  let ended = false;
  let looking = Promise.resolve();
  const look = async () => {
    most = Math.max(most, await proportionalKiB(root));
    if (!ended) timer = setTimeout(next, sampleMs);
  };
  const next = () => {
    looking = look();
  };
  let timer = setTimeout(next, sampleMs);
  return async () => {
    ended = true;
    clearTimeout(timer);
    await looking;
    return most / 1024;
  };
}

/** Pss of /proc/PID/smaps_rollup (proc(5)): a page of n processes counts for each of them as 1/n. */
async function proportionalKiB(root: number): Promise<number> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    parents.set(Number(name), Number(text.slice(text.lastIndexOf(')') + 4).split(' ')[0]));
  }
  const descends = (pid: number): boolean => {
    const parent = parents.get(pid) ?? 0;
    return pid === root || (parent > 1 && descends(parent));
  };
  let sum = 0;
  for (const pid of parents.keys()) {
    if (!descends(pid)) continue;
    const text = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '');
    sum += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  }
  return sum;
}
