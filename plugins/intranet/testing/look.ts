/**
 * The child of the tests in network namespaces: runs one look and prints its sightings as JSON lines, then one line that
 * begins with `end`. Its only argument is the JSON of `Wanted`.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Diagnosis, type Finding, hostsOf, parseRange, type Sighting } from 'ksocket/plugin';
import { keepHeapSmall, testHost, testScanCall } from 'ksocket/testing';
import intranet from '../index.js';

export interface Wanted {
  /** Addresses and networks to look at. */
  readonly look: readonly string[];
  /** Addresses that are not permitted. */
  readonly forbidden?: readonly string[];
  /** Ports that are not permitted on any address. */
  readonly forbiddenPorts?: readonly number[];
  readonly maxPacketRate?: number;
  readonly carrier?: 'pcap' | 'packet-socket';
  /** Milliseconds after which the scan is aborted. */
  readonly abortAfter?: number;
  /** How many descriptors the process may have while it looks. */
  readonly descriptors?: number;
  /** A datagram to this port of every address. */
  readonly knock?: number;
}

export interface End {
  readonly end: true;
  readonly ms: number;
  /** The longest time that the event loop was held, in milliseconds. */
  readonly blockedMs: number;
  /** How long turns of the event loop take: of a hundred, the longest but one. */
  readonly p99Ms: number;
  /** The most that the process held. */
  readonly rssMiB: number;
  readonly log: readonly string[];
  readonly error?: string;
  readonly candidates: readonly string[];
  readonly diagnosis: readonly Diagnosis[];
  /** Descriptors of sockets that were open before and after. */
  readonly sockets: readonly [before: number, after: number];
}

keepHeapSmall();
const wanted = JSON.parse(process.argv[2] ?? '{}') as Wanted;
const abort = new AbortController();
const say = (line: Sighting | Finding | End) => process.stdout.write(`${JSON.stringify(line)}\n`);
const sockets = () => readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith('socket:')).length;

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

const { knock } = wanted;
const scan = testScanCall([...wanted.look], {
  signal: abort.signal,
  permits: (address, port) =>
    !(wanted.forbidden ?? []).includes(address) && !(wanted.forbiddenPorts ?? []).includes(port ?? 0),
  maxPacketRate: wanted.maxPacketRate,
  knocks: () => (knock === undefined ? [] : [{ service: 'snmp', port: knock, payload: Buffer.from('hello') }]),
});
const parts = intranet.setup(testHost({ carrier: wanted.carrier ?? 'auto' }));
const candidates: string[] = [];
for await (const it of parts.candidates(scan))
  candidates.push('range' in it ? `${it.source} ${it.range.text}` : it.source);
const diagnosis: Diagnosis[] = [];
for await (const it of parts.diagnose?.() ?? []) diagnosis.push(it);

if (wanted.descriptors !== undefined)
  execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${wanted.descriptors}`]);
const delay = monitorEventLoopDelay({ resolution: 1 });
const before = sockets();
const from = performance.now();
if (wanted.abortAfter !== undefined) setTimeout(() => abort.abort(new Error('aborted by the test')), wanted.abortAfter);
let error: string | undefined;
delay.enable();
try {
  const addresses = wanted.look.flatMap((text) => [...hostsOf(parseRange(text))]);
  for await (const sighting of parts.look?.(addresses, scan) ?? []) say(sighting);
} catch (thrown) {
  error = thrown instanceof Error ? thrown.message : String(thrown);
}
delay.disable();
const ms = performance.now() - from;
// Closing is asynchronous in the event loop; a few turns are enough when nothing is forgotten.
for (let i = 0; i < 20 && sockets() > before; i++) await sleep(10);
const log = (scan.log as unknown as { lines: string[] }).lines;
const base = {
  end: true as const,
  ms,
  blockedMs: delay.max / 1e6,
  p99Ms: delay.percentile(99) / 1e6,
  rssMiB: process.resourceUsage().maxRSS / 2 ** 10,
};
say({ ...base, log, candidates, diagnosis, sockets: [before, sockets()], ...(error === undefined ? {} : { error }) });
