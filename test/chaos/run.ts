/** Kills the agent and the space with -9 at random points, behind a proxy that spoils every connection, and counts. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../kit/index.js';
import { type Running, watch } from '../start/processes.js';
import { Stage } from '../start/stage.js';
import { Orders, type Verdict } from './orders.js';
import { type ChaosProxy, startProxy } from './proxy.js';
import { serveTarget } from './target.js';

export interface ChaosReport extends Verdict {
  readonly seed: number;
  readonly minutes: number;
  readonly agentKills: number;
  readonly spaceKills: number;
  readonly connections: Record<string, number>;
  /** Milliseconds from a kill's restart or a reset to a session that is ready, spoilt connections between included. */
  readonly toReady: { readonly count: number; readonly median: number; readonly p95: number; readonly slowest: number };
}

const agentProgram = fileURLToPath(new URL('./agent.js', import.meta.url));
/** So that a black hole is found in seconds and a short run sees many of them. */
const settings = 'heartbeatInterval = 5\nheartbeatTimeout = 3\nresumeTimeout = 10\nrequestTimeout = 10\n';
/** Longer than every order takes when it is left in peace. */
const peaceMs = 120_000;

export async function runChaos(options: { minutes: number; seed: number }): Promise<ChaosReport> {
  const random = seededRandom(options.seed);
  const home = await mkdtemp(join(tmpdir(), 'ksocket-chaos-'));
  const served = await serveTarget();
  const stage = await Stage.open({ home, port: 0 });
  const proxy = await startProxy(random, () => stage.port);
  const scene = new Scene(stage, proxy, home);
  try {
    const { slotId, token } = await stage.slot('chaos', ['127.0.0.1'], ['127.0.0.1']);
    await writeFile(
      join(home, 'etc/ksocket/ksocket.toml'),
      `loglevel = "WARNING"\n[connect]\nprotocol = "ws"\nhost = "127.0.0.1"\nport = ${proxy.port}\ntoken = "${token}"\n${settings}`,
      { mode: 0o600 },
    );
    const orders = await Orders.on(join(home, 'space'), slotId, served.port, random);
    scene.startAgent();
    const verdict: Verdict = { operations: 0, ok: 0, lost: 0, duplicated: 0, overRun: 0, wrong: [] };
    const end = Date.now() + options.minutes * 60_000;
    while (Date.now() < end) {
      await sleep(random.next() * 1500);
      if (random.next() < 0.7) await orders.add();
      await scene.strike(random.next(), random);
      await orders.look(verdict);
    }
    proxy.calm = true;
    proxy.resetAll();
    await scene.bothRun();
    for (const patience = Date.now() + peaceMs; (await orders.look(verdict)) > 0 && Date.now() < patience; )
      await sleep(200);
    const final = await orders.judge(served.target);
    await orders.close();
    return {
      ...options,
      ...final,
      duplicated: final.duplicated + verdict.duplicated,
      wrong: [...verdict.wrong, ...final.wrong].slice(0, 20),
      agentKills: scene.agentKills,
      spaceKills: scene.spaceKills,
      connections: proxy.counts,
      toReady: scene.toReady(),
    };
  } finally {
    await scene.agent?.stop();
    await stage.close();
    proxy.close();
    served.close();
    await rm(home, { recursive: true, force: true });
  }
}

class Scene {
  agent: Running | undefined;
  agentKills = 0;
  spaceKills = 0;
  readonly #ready: number[] = [];
  #waitingSince: number | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly proxy: ChaosProxy,
    private readonly home: string,
  ) {}

  startAgent(): Running {
    this.agent = watch(
      spawn(process.execPath, [agentProgram], {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        env: { ...process.env, KSOCKET_HOME: this.home },
      }),
    );
    this.#waitingSince = performance.now();
    this.agent.child.stderr?.on('data', (text: string) => {
      if (!String(text).includes('connected to') || this.#waitingSince === undefined) return;
      this.#ready.push(performance.now() - this.#waitingSince);
      this.#waitingSince = undefined;
    });
    return this.agent;
  }

  async strike(at: number, random: { next(): number }): Promise<void> {
    if (at < 0.15) {
      await this.agent?.kill();
      this.agentKills += 1;
      await sleep(random.next() * 500);
      this.startAgent();
    } else if (at < 0.3) {
      await this.stage.space.kill();
      this.spaceKills += 1;
      await sleep(random.next() * 500);
      await this.stage.startSpace();
      this.#waitingSince = performance.now();
    } else if (at < 0.4) {
      this.proxy.resetAll();
      this.#waitingSince = performance.now();
    } else if (at < 0.5) this.proxy.calm = !this.proxy.calm;
    // The service would start it again after 75.
    if (this.agent?.child.exitCode != null) this.startAgent();
  }

  async bothRun(): Promise<void> {
    if (this.agent?.child.exitCode != null || this.agent?.child.signalCode != null) this.startAgent();
    if (this.stage.space.child.exitCode != null) await this.stage.startSpace();
  }

  toReady(): ChaosReport['toReady'] {
    const sorted = [...this.#ready].sort((a, b) => a - b).map(Math.round);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { count: sorted.length, median: at(0.5), p95: at(0.95), slowest: at(1) };
  }
}
