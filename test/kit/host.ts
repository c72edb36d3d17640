/** Stand-ins for what the core lends to a plug-in, for the tests of plug-ins: direct sockets, an in-memory state, a log that is kept. */

import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  asFailure,
  type Call,
  type Clock,
  type Finding,
  failure,
  type Host,
  type Logger,
  type Operation,
  type PluginState,
  parseRange,
  type Random,
  type ScanCall,
} from '../../core/contract/index.js';

export const testClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

export const testRandom: Random = { next: Math.random, bytes: randomBytes };

/** A logger that keeps its lines, so that a test can look for a canary secret. */
export function testLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void lines.push(`${level} ${message}${fields ? ` ${JSON.stringify(fields)}` : ''}`);
  return { lines, debug: at('DEBUG'), info: at('INFO'), warn: at('WARNING'), error: at('ERROR') };
}

export interface TestHost<S> extends Host<S> {
  readonly log: ReturnType<typeof testLogger>;
  readonly operations: Operation[];
}

/** In memory, for one process. */
export function testState(): PluginState {
  const texts = new Map<string, { text: string; version: number }>();
  let writes = 0;
  const set = (name: string, text: string) => void texts.set(name, { text, version: ++writes });
  return {
    read: async (name) => texts.get(name)?.text,
    write: async (name, text) => set(name, text),
    async update(name, change) {
      const text = change(texts.get(name)?.text);
      if (text !== undefined) set(name, text);
    },
    version: async (name) => texts.get(name)?.version.toString(),
  };
}

export function testHost<S>(settings: S): TestHost<S> {
  const operations: Operation[] = [];
  return {
    settings: Object.freeze(settings),
    log: testLogger(),
    clock: testClock,
    random: testRandom,
    operations,
    file: async () => undefined,
    state: testState(),
    operation: (it) => void operations.push(it as Operation),
  };
}

/** What a test says of a call; `directory` stands for the credential file’s folder. */
export interface TestCallOptions
  extends Partial<Pick<Call, 'signal' | 'via' | 'newHostKeys' | 'beforeSecret' | 'connect'>> {
  readonly directory?: string;
  /** Where findings are kept, when several calls share one place. */
  readonly findings?: Finding[];
}

/** A call with plain sockets, no policy and, whatever `via` says, no tunnels. */
export function testCall(options: TestCallOptions = {}): Call & {
  readonly log: ReturnType<typeof testLogger>;
  readonly findings: Finding[];
} {
  const signal = options.signal ?? new AbortController().signal;
  const log = testLogger();
  const findings = options.findings ?? [];
  return {
    signal,
    log,
    via: options.via ?? [],
    newHostKeys: options.newHostKeys ?? 'accept',
    findings,
    found(finding) {
      findings.push(finding);
      log.warn(finding.text);
    },
    beforeSecret: options.beforeSecret ?? (async () => undefined),
    async connect(address, port) {
      if (options.connect !== undefined) return options.connect(address, port);
      const socket = connect({ host: address, port, signal, noDelay: true });
      try {
        await once(socket, 'connect', { signal });
      } catch (error) {
        socket.destroy();
        throw asFailure(error, `connect to ${address}:${port}`);
      }
      return socket;
    },
    async datagram(address, port) {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      try {
        socket.connect(port, address);
        await once(socket, 'connect');
      } catch (error) {
        // Without a route; an open socket would keep the process of the test alive.
        socket.close();
        throw asFailure(error, `send to ${address} port ${port}`);
      }
      return socket;
    },
    async fileBeside(filename) {
      try {
        return await readFile(resolve(options.directory ?? '.', filename));
      } catch (error) {
        throw failure('E_CREDENTIAL', `read ${filename}`, { cause: error });
      }
    },
  };
}

/** The same for a scan mode: `start` in text form, everything permitted. */
export function testScanCall(start: string[], options: { signal?: AbortSignal } & Partial<ScanCall> = {}): ScanCall {
  return {
    ...testCall(options),
    start: start.map(parseRange),
    permits: () => true,
    knocks: () => [],
    maxPacketRate: undefined,
    ...options,
  };
}
