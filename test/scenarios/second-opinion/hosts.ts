/** The two hosts that are asked: this machine, in a network of its own, and the furnished host of a lab, through its OpenSSH. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLab } from '../../lab/index.js';
import { ksocketProgram } from '../../start/processes.js';
import { address, company, furnish, sockets } from './furnished.js';
import { Host, output, type Run, type Sections } from './host.js';

export interface Place {
  readonly host: Host;
  close(): Promise<void>;
}

/** The agent reads its own host without SSH. Nobody of its neighbours is met: it has only a loopback there. */
export async function machine(): Promise<Place> {
  const inside = 'mount -t sysfs sysfs /sys && ip link set lo up && echo ready && exec sleep infinity';
  const holder = spawn('unshare', ['--net', '--mount', 'sh', '-c', inside], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  const run = entering(['nsenter', `--target=${holder.pid}`, '--net', '--mount']);
  const close = async () => {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  };
  return placed(close, async () => new Host(await collected(run, '127.0.0.1'), run));
}

export async function furnished(): Promise<Place> {
  const lab = await buildLab({ company });
  return placed(
    () => lab.close(),
    async () => {
      const run: Run = (argv) => lab.spawn('kagami', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
      await output(run(['sh', '-c', furnish]), 'furnish');
      const servers = lab.spawn('kagami', ['python3', '-c', sockets], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(servers.stdout!, 'data');
      const agent = (argv: readonly string[], env: NodeJS.ProcessEnv) =>
        lab.spawn(lab.agent.namespace, argv, { stdio: ['ignore', 'pipe', 'pipe'], env });
      return new Host(await collected(agent, address, lab.credentials), run);
    },
  );
}

async function placed(close: () => Promise<void>, furnishing: () => Promise<Host>): Promise<Place> {
  try {
    return { host: await furnishing(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const entering =
  (way: readonly string[]) =>
  (argv: readonly string[], env: NodeJS.ProcessEnv = process.env) => {
    const [program = '', ...rest] = [...way, ...argv];
    return spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env });
  };

/** `ksocket scan ADDRESS --json`, as somebody would type it. */
async function collected(
  run: (argv: readonly string[], env: NodeJS.ProcessEnv) => ReturnType<typeof spawn>,
  wanted: string,
  credentials?: string,
): Promise<Sections> {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-opinion-'));
  try {
    await mkdir(join(home, 'etc/ksocket'), { recursive: true });
    if (credentials !== undefined) await cp(credentials, join(home, 'etc/ksocket/credentials'), { recursive: true });
    const argv = [process.execPath, ksocketProgram, 'scan', `${wanted}/32`, '--json'];
    const said = await output(run(argv, { ...process.env, LC_ALL: 'C', KSOCKET_HOME: home }), argv.join(' '));
    const { nodes } = JSON.parse(said) as { nodes: { addresses: { addr: string }[]; sections: Sections }[] };
    const node = nodes.find((it) => it.addresses.some(({ addr }) => addr === wanted));
    if (node?.sections.os === undefined) throw new Error(`${wanted} was not read: ${said.slice(0, 2000)}`);
    return node.sections;
  } finally {
    await rm(home, { recursive: true });
  }
}
