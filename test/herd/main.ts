/**
 * `npm run herd -- --agents N`: as many real links as this machine carries, to one real space that is killed with -9 and started
 * again. Prints one JSON line.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock, systemRandom } from '../../core/runtime/index.js';
import { openSpace } from '../../space/index.js';
import { Stage } from '../start/stage.js';

const { values } = parseArgs({
  options: { agents: { type: 'string', default: '1000' }, away: { type: 'string', default: '10' } },
});
const agents = Number(values.agents);
const awaySeconds = Number(values.away);
/** Better-sqlite3 and TLS aside, one process of ours carries this many links comfortably. */
const perProcess = 2500;
const patienceSeconds = 300;

const home = await mkdtemp(join(tmpdir(), 'ksocket-herd-'));
const stage = await Stage.open({ home, port: 0 });
const fleets: ChildProcess[] = [];
const ready = new Set<string>();
let connects: number[] = [];
const ended: string[] = [];
try {
  const tokens = await makeSlots();
  const began = performance.now();
  const memory = await Promise.all(
    Array.from({ length: Math.ceil(agents / perProcess) }, (_, i) =>
      fleet(i, tokens.slice(i * perProcess, (i + 1) * perProcess)),
    ),
  );
  await all(true);
  const firstSeconds = seconds(began);
  const spaceMiB = await residentMiB(stage.space.child.pid!);
  connects = [];
  await stage.space.kill();
  await all(false);
  await sleep(awaySeconds * 1000);
  const back = performance.now();
  await stage.startSpace();
  const serving = performance.now();
  await all(true);
  const perSecond = new Map<number, number>();
  for (const at of connects) perSecond.set(Math.floor(at / 1000), (perSecond.get(Math.floor(at / 1000)) ?? 0) + 1);
  process.stdout.write(
    `${JSON.stringify({
      agents,
      awaySeconds,
      firstAllReadySeconds: firstSeconds,
      spaceStartSeconds: Math.round((serving - back) / 100) / 10,
      allReadySeconds: seconds(back),
      peakReadyPerSecond: Math.max(...perSecond.values()),
      ready: ready.size,
      ended: ended.slice(0, 3),
      spaceMiB,
      fleetMiB: memory,
    })}\n`,
  );
} finally {
  for (const child of fleets) child.disconnect();
  await stage.close();
  await rm(home, { recursive: true, force: true });
}

async function makeSlots(): Promise<string[]> {
  const space = await openSpace(join(home, 'space'), { clock: systemClock, random: systemRandom });
  const tokens: string[] = [];
  for (let i = 0; i < agents; i++) {
    await space.addSlot(`slot ${i}`);
    tokens.push((await space.issueToken(`slot ${i}`)).token);
  }
  await space.close();
  return tokens;
}

/** Resolves with its memory when all of its links have begun. */
function fleet(number: number, tokens: readonly string[]): Promise<number> {
  const child = fork(
    fileURLToPath(new URL('./fleet.js', import.meta.url)),
    [join(home, `fleet${number}`), String(stage.port)],
    {
      stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
    },
  );
  fleets.push(child);
  child.stdin!.end(`${tokens.join('\n')}\n`);
  return new Promise((resolve) => {
    child.on('message', (message: { ready?: boolean; ended?: string; index?: number; rssMiB?: number }) => {
      const name = `${number}/${message.index}`;
      if (message.rssMiB !== undefined) resolve(message.rssMiB);
      if (message.ended !== undefined) ended.push(message.ended);
      if (message.ready === true) {
        ready.add(name);
        connects.push(performance.now());
      } else if (message.ready === false) ready.delete(name);
    });
  });
}

async function all(isReady: boolean): Promise<void> {
  const from = performance.now();
  while (isReady ? ready.size < agents : ready.size > 0) {
    if (performance.now() - from > patienceSeconds * 1000) break;
    await sleep(50);
  }
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

function seconds(from: number): number {
  return Math.round((performance.now() - from) / 100) / 10;
}
