/** What the session costs: a real space in its own process, a real agent with its journal on disk here, beside plain ws. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { type Logger, type Operation, operation, Secret } from '../../core/contract/index.js';
import { openJournal } from '../../core/journal/index.js';
import { Uplink } from '../../core/link/index.js';
import { Dispatcher, Registry } from '../../core/operations/index.js';
import { systemClock, systemRandom } from '../../core/runtime/index.js';
import { uuidv7 } from '../../core/wire/index.js';
import { openSpace } from '../../space/index.js';
import { addOperation } from '../../space/storage/operations.js';
import { openStorage, type Storage } from '../../space/storage/sqlite.js';
import { startProxy } from '../chaos/proxy.js';
import { connectSettings } from '../simulation/agent.js';

const operations = 2000;
const records = 200_000;
const openOperations = 100;
const losses = 5;
/** As long as a usual section of an inventory. */
const body = 'x'.repeat(300);

const silentLog: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export async function benchSession(): Promise<Record<string, unknown>> {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-bench-'));
  const space = child('../../space/testing/child.js', [join(home, 'space')]);
  const echo = child('./echo.js', []);
  try {
    const url = await firstLine(space);
    const storage = await openStorage(join(home, 'space'));
    const cli = await openSpace(join(home, 'space'), { clock: systemClock, random: systemRandom });
    const proxy = await startProxy({ ...systemRandom }, () => Number(new URL(url).port));
    const begin = async (name: string) => {
      const bench = new Bench(storage, (await cli.addSlot(name)).id, name);
      const agent = bench.agent(home, proxy.port, (await cli.issueToken(name)).token);
      await agent.ready();
      return { bench, agent };
    };
    // An agent of its own, which has worked a little, so that compiled code is not counted.
    const idle = await begin('idle');
    await idle.bench.run('bench.one', openOperations);
    const perOperation = await idle.bench.memory();
    idle.agent.stop();
    const { bench, agent } = await begin('busy');
    const operationsPerSecond = await bench.run('bench.one', operations);
    // Twice: if the second result needs no more memory than the first, it does not grow with what has gone through.
    const peaks: number[] = [];
    let recordsPerSecond = 0;
    for (let i = 1; i <= 2; i++) {
      const peak = peakMemory();
      recordsPerSecond = (await bench.run('bench.many', i)) * records;
      peaks.push(peak());
    }
    const toReady: number[] = [];
    for (let i = 0; i < losses; i++) {
      proxy.resetAll();
      toReady.push(await agent.handshake());
    }
    agent.stop();
    proxy.close();
    const port = Number(await firstLine(echo));
    const [echoOne, echoMany] = [await echoed(port, operations, 1), await echoed(port, records, 1000)];
    await cli.close();
    await storage.close();
    return {
      conditions: { operations, records, recordBytes: body.length, fsync: 'FULL on both ends', node: process.version },
      operationsPerSecond: Math.round(operationsPerSecond),
      recordsPerSecond: Math.round(recordsPerSecond),
      bytesPerOpenOperation: Math.round(perOperation),
      peakMiBOfOneResultAndTheNext: peaks,
      handshakeMilliseconds: toReady.map(Math.round).sort((a, b) => a - b)[Math.floor(losses / 2)],
      echo: { roundTripsPerSecond: Math.round(echoOne), streamedPerSecond: Math.round(echoMany) },
      ratios: {
        operations: Number((operationsPerSecond / echoOne).toFixed(3)),
        records: Number((recordsPerSecond / echoMany).toFixed(3)),
      },
    };
  } finally {
    space.disconnect();
    space.kill();
    echo.disconnect();
    echo.kill();
    await rm(home, { recursive: true, force: true });
  }
}

const work: Operation[] = [
  operation({
    ...{
      name: 'bench.one',
      doc: '',
      class: 'safe' as const,
      input: z.object({}),
      output: z.object({ body: z.string() }),
    },
    async *run() {
      yield { body };
    },
  }) as Operation,
  operation({
    ...{
      name: 'bench.many',
      doc: '',
      class: 'safe' as const,
      input: z.object({}),
      output: z.object({ body: z.string() }),
    },
    async *run() {
      for (let i = 0; i < records; i++) yield { body };
    },
  }) as Operation,
  operation({
    ...{ name: 'bench.wait', doc: '', class: 'safe' as const, input: z.object({}), output: z.object({}) },
    async *run(call) {
      yield {};
      await once(call.signal, 'abort');
    },
  }) as Operation,
];

class Bench {
  constructor(
    private readonly storage: Storage,
    private readonly slot: string,
    private readonly name: string,
  ) {}

  agent(home: string, port: number, token: string) {
    const journal = openJournal(join(home, this.name, 'journal.db'), systemClock, systemRandom);
    const registry = new Registry();
    for (const it of work) registry.add(it, 'bench');
    const dispatcher = new Dispatcher({
      ...{ journal, registry, clock: systemClock, log: silentLog, permits: () => true },
      maxOperations: connectSettings.maxOperations,
      maxRunning: connectSettings.maxRunningOperations,
    });
    const stop = new AbortController();
    let connected = (): void => {};
    let next = new Promise<void>((resolve) => {
      connected = resolve;
    });
    let lost = 0;
    const uplink = new Uplink({
      url: new URL(`ws://127.0.0.1:${port}/api/ksocket/connect`),
      ...{ token: new Secret(token), verify: true, journal, orders: dispatcher },
      // The wait before an attempt is policy, not cost: none here.
      ...{ clock: systemClock, random: { ...systemRandom, next: () => 0 }, log: silentLog, settings: connectSettings },
      status: (text) => {
        if (text.startsWith('connected')) connected();
        else lost = performance.now();
      },
      hello: {
        ...{ purpose: 'serve', boot: systemRandom.bytes(16).toString('hex'), name: 'bench', agentVersion: '0' },
        ...{ os: 'none', mode: 'intranet', features: registry.names() },
      },
    });
    dispatcher.begin({
      changed: (opId) => uplink.changed(opId),
      progress: (progress) => uplink.progress(progress),
      storageFailed: (fault) => uplink.storageFailed(fault),
    });
    void uplink.run(stop.signal);
    const again = (): void => {
      next = new Promise<void>((resolve) => {
        connected = resolve;
      });
    };
    return {
      ready: () => next.then(again),
      /** From the loss of the socket to the next session that is ready. */
      handshake: async () => {
        await next;
        again();
        return performance.now() - lost;
      },
      stop: () => stop.abort(),
    };
  }

  /**
   * Orders so many, or one where there are some already, and returns how many were done in a second, from the first that the
   * space issued.
   */
  async run(kind: string, count: number): Promise<number> {
    const before = await this.#count(kind, 'done');
    const ordered = count - before;
    await this.#order(kind, ordered);
    while ((await this.#count(kind, 'waiting')) === ordered) await systemClock.sleep(1);
    const began = performance.now();
    while ((await this.#count(kind, 'done')) < count) await systemClock.sleep(5);
    return (ordered * 1000) / (performance.now() - began);
  }

  /** Heap that an agent holds for each operation that is open, most of them waiting for their turn. */
  async memory(): Promise<number> {
    const before = await heapAtRest();
    await this.#order('bench.wait', openOperations);
    while ((await this.#count('bench.wait', 'accepted', 'started')) < openOperations) await systemClock.sleep(20);
    return ((await heapAtRest()) - before) / openOperations;
  }

  async #order(kind: string, count: number): Promise<void> {
    await this.storage.db.transaction().execute(async (db) => {
      for (let i = 0; i < count; i++) {
        const opId = uuidv7(Date.now(), systemRandom.bytes(10));
        const about = { opId, slotId: this.slot, kind, kindVersion: 1, input: {}, class: 'safe' } as const;
        await addOperation(db, { ...about, startWithin: 3600, timeLimit: 3600, maxRuns: 1 }, Date.now());
      }
    });
  }

  async #count(kind: string, ...states: ('waiting' | 'accepted' | 'started' | 'done')[]): Promise<number> {
    const { n } = await this.storage.db
      .selectFrom('operations')
      .select((e) => e.fn.countAll<number>().as('n'))
      .where('slot_id', '=', this.slot)
      .where('kind', '=', kind)
      .where('state', 'in', states)
      .executeTakeFirstOrThrow();
    return Number(n);
  }
}

/** Most memory of this process from now on, in MiB; the returned function ends the watch. */
function peakMemory(): () => number {
  let peak = 0;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage().rss);
  };
  const timer = setInterval(look, 20);
  return () => {
    clearInterval(timer);
    look();
    return Math.round(peak / 1024 / 1024);
  };
}

/** Heap in use once collections find nothing more. */
async function heapAtRest(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let last = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 30; i++) {
    await systemClock.sleep(200);
    collect();
    const { heapUsed } = process.memoryUsage();
    if (Math.abs(heapUsed - last) < 4096) return heapUsed;
    last = heapUsed;
  }
  return last;
}

/** Messages a second there and back, so many under way at once. */
async function echoed(port: number, count: number, underWay: number): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(socket, 'open');
  const began = performance.now();
  let sent = Math.min(underWay, count);
  let back = 0;
  await new Promise<void>((resolve) => {
    socket.on('message', () => {
      back += 1;
      if (sent < count) {
        sent += 1;
        socket.send(body);
      }
      if (back === count) resolve();
    });
    for (let i = 0; i < sent; i++) socket.send(body);
  });
  socket.close();
  return (count * 1000) / (performance.now() - began);
}

const child = (script: string, args: string[]): ChildProcess =>
  spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });

async function firstLine(process: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: process.stdout! })) return line;
  throw new Error(`${process.spawnfile} ended`);
}
