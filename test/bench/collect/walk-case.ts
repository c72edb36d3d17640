/** One large table of one agent: our walk beside snmpbulkwalk, in turn. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Agents } from './agents.js';
import { tableRoot } from './device.js';
import { askerPriority, measure } from './measured.js';
import { Place } from './place.js';
import { median, type Row } from './row.js';
import { community } from './snmp.js';
import type { Walked } from './walker.js';

export interface Walking {
  readonly rows: number;
  readonly latencyMs: number;
  readonly runs: number;
  /** Of snmpbulkwalk; 10 are its own. */
  readonly repetitions: readonly number[];
}

const program = fileURLToPath(new URL('./walker.js', import.meta.url));

export async function walkCase(
  { rows, latencyMs, runs, repetitions }: Walking,
  say: (line: string) => void,
): Promise<Row[]> {
  const place = Place.build(1);
  const address = place.address(0, 0);
  let agents: Agents | undefined;
  let walker: Walker | undefined;
  try {
    agents = await Agents.start(place, {
      device: 'table',
      size: rows,
      addresses: [address],
      latencyMs: [latencyMs, latencyMs],
      protocol: 'v2c',
    });
    walker = new Walker(place, address);
    const scene = { place, agents, walker, address };
    const first = await ourWalk(scene, 'ksocket, first walk of the process');
    const later: Row[] = [];
    const theirs = repetitions.map((): Row[] => []);
    for (let run = 0; run < runs; run++) {
      later.push(await ourWalk(scene, 'ksocket, later walks'));
      for (const [i, count] of repetitions.entries()) theirs[i]?.push(await bulkWalk(scene, count));
    }
    const all = [first, median(later), ...theirs.map((it) => median(it))];
    for (const row of all) say(`${row.done} objects, ${latencyMs} ms: ${row.contender}, ${row.seconds.toFixed(2)} s`);
    return all;
  } finally {
    await walker?.end();
    await agents?.stop();
    place.close();
  }
}

interface Scene {
  readonly place: Place;
  readonly agents: Agents;
  readonly walker: Walker;
  readonly address: string;
}

async function ourWalk({ agents, walker }: Scene, contender: string): Promise<Row> {
  const before = await agents.cpuSeconds();
  const { objects, ...figures } = await walker.walk();
  const targetCpuSeconds = (await agents.cpuSeconds()) - before;
  return { contender, ours: true, amount: objects, done: objects, atOnce: 1, targetCpuSeconds, ...figures };
}

async function bulkWalk({ place, agents, address }: Scene, repetitions: number): Promise<Row> {
  const before = await agents.cpuSeconds();
  const options = ['-v2c', '-c', community, '-On', '-m', '', `-Cr${repetitions}`, '-t', '60', '-r', '0'];
  const { output, ...measured } = await measure(place, ['snmpbulkwalk', ...options, address, tableRoot]);
  const done = output.split('\n').filter((line) => line.startsWith(`.${tableRoot}.`)).length;
  const contender = `snmpbulkwalk -Cr${repetitions}`;
  const targetCpuSeconds = (await agents.cpuSeconds()) - before;
  return { contender, ours: false, amount: done, done, atOnce: 1, targetCpuSeconds, ...measured };
}

/** Our process, which stays as an agent does: its start is not what is measured. */
class Walker {
  readonly #child: ChildProcess;
  readonly #said: AsyncIterator<string>;

  constructor(place: Place, address: string) {
    const [first = '', ...rest] = place.here([
      ...askerPriority,
      process.execPath,
      ...process.execArgv,
      program,
      address,
    ]);
    this.#child = spawn(first, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#said = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async walk(): Promise<Walked> {
    this.#child.stdin?.write('walk\n');
    const { value, done } = await this.#said.next();
    if (done) throw new Error(`the walk ended early with ${this.#child.exitCode ?? this.#child.signalCode}`);
    return JSON.parse(value) as Walked;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await ended;
  }
}
