/**
 * A machine with a real systemd: Debian's, bootstrapped once, booted by systemd-nspawn on an overlay that is gone afterwards, with a
 * network, a /tmp and a /run of its own. Nothing of this host but the folders that are bound read-only is in it.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const base = '/var/lib/ksocket-test/systemd-root';
/** systemd with what a server has; the libraries are node's and pcap's. */
const packages = 'systemd,systemd-sysv,dbus,libstdc++6,libatomic1,libpcap0.8';

/** Where the container sees this checkout and this node. */
export const inside = { app: '/srv/app', node: '/srv/node' } as const;

export function containerObstacle(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  for (const program of ['/usr/bin/systemd-nspawn', '/usr/bin/mmdebstrap'])
    if (!existsSync(program)) return `needs ${program} (Debian packages systemd-container and mmdebstrap)`;
  return undefined;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Container {
  #leader = 0;
  #console = '';

  private constructor(
    private readonly name: string,
    private readonly folder: string,
    private readonly nspawn: ChildProcess,
  ) {
    for (const stream of [nspawn.stdout!, nspawn.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#console = (this.#console + text).slice(-16_384);
      });
  }

  /** @param folders of this host that it sees, read-only, as pairs of places: there, and in it */
  static async boot(folders: readonly (readonly [from: string, to: string])[] = []): Promise<Container> {
    bootstrap();
    const folder = mkdtempSync(join(tmpdir(), 'ksocket-container-'));
    const [upper, work, root] = ['upper', 'work', 'root'].map((name) => join(folder, name)) as [string, string, string];
    for (const it of [upper, work, root]) mkdirSync(it);
    const name = `ksocket-test-${process.pid}`;
    const binds = [
      [join(repository, 'dist'), `${inside.app}/dist`],
      [realpathSync(join(repository, 'node_modules')), `${inside.app}/node_modules`],
      [join(repository, 'package.json'), `${inside.app}/package.json`],
      [join(repository, 'space', 'page', 'assets'), `${inside.app}/space/page/assets`],
      [join(repository, 'config-schema', 'generated'), `${inside.app}/config-schema/generated`],
      [realpathSync(process.execPath), inside.node],
      ...folders,
    ].map(([from, to]) => `--bind-ro=${from}:${to}`);
    // The overlay is mounted in a namespace of its own, so that it is gone with the last process in it.
    const script = `${ownGroup} && mount -t overlay overlay -o "lowerdir=${base},upperdir=${upper},workdir=${work}" "${root}" && exec "$@"`;
    const nspawn = spawn(
      'unshare',
      [
        ...['--mount', '--propagation', 'private', 'sh', '-c', script, name],
        ...['systemd-nspawn', '--boot', `--directory=${root}`, '--private-network', '--register=no', '--keep-unit'],
        ...['--link-journal=no', '--resolv-conf=off', '--timezone=off', '--console=pipe'],
        ...[`--machine=${name}`, ...binds],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const container = new Container(name, folder, nspawn);
    await container.until('systemd has booted', async () => {
      if (nspawn.exitCode !== null) throw new Error(`systemd-nspawn ended:\n${container.#console}`);
      container.#leader ||= childOf(nspawn.pid!);
      if (container.#leader === 0) return false;
      const { stdout } = await container.run('systemctl', ['is-system-running']);
      return ['running', 'degraded'].includes(stdout.trim());
    });
    return container;
  }

  /** Runs a program in the container, as root. */
  run(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    const enter = [
      '--target',
      String(this.#leader),
      '--mount',
      '--uts',
      '--ipc',
      '--net',
      '--pid',
      '--cgroup',
      '--root',
    ];
    const variables = Object.entries({ PATH: '/usr/sbin:/usr/bin', LANG: 'C.UTF-8', ...env }).map((it) => it.join('='));
    return new Promise((resolve) => {
      execFile(
        'setsid',
        ['--wait', 'nsenter', ...enter, 'env', '-i', '--chdir=/', ...variables, program, ...args],
        { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
      );
    });
  }

  /** A script that must succeed. @returns what it printed */
  async sh(script: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run('sh', ['-ec', script, 'sh', ...args]);
    if (code !== 0) throw new Error(`${script}: ended with ${code}: ${stderr || stdout}`);
    return stdout.trim();
  }

  /** @throws Error when it does not come true within a minute and a half */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + 90_000;
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`not within 90 s: ${what}\n${this.#console}`);
      await sleep(200);
    }
  }

  async close(): Promise<void> {
    if (this.nspawn.exitCode === null && this.nspawn.signalCode === null) {
      const ended = once(this.nspawn, 'exit');
      // Without waiting for services: nothing in it is kept.
      if (this.#leader !== 0) process.kill(this.#leader, 'SIGKILL');
      else this.nspawn.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
    for (const group of groups(this.name)) removeGroup(group);
  }
}

/** systemd-nspawn makes its groups below the one that it is in; of its own, so that two containers do not share one. */
const groups = (name: string): string[] =>
  ['systemd', 'unified', ''].map((hierarchy) => join('/sys/fs/cgroup', hierarchy, name));
const ownGroup = `for h in systemd unified ''; do d=/sys/fs/cgroup/$h; if [ -w $d/cgroup.procs ]; then mkdir -p $d/$0 && echo $$ > $d/$0/cgroup.procs; fi; done`;

/** A group can only be removed when it has none below it, and not by way of its files. */
function removeGroup(path: string): void {
  if (!existsSync(path)) return;
  for (const it of readdirSync(path, { withFileTypes: true })) if (it.isDirectory()) removeGroup(join(path, it.name));
  rmdirSync(path);
}

/** The first process of the container, which systemd-nspawn started; 0 as long as there is none. */
function childOf(pid: number): number {
  const [first = '0'] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const name = existsSync(`/proc/${first}/comm`) ? readFileSync(`/proc/${first}/comm`, 'utf8').trim() : '';
  return name === 'systemd' ? Number(first) : 0;
}

/** Made once; half of one is never taken for a whole. */
function bootstrap(): void {
  if (existsSync(base)) return;
  process.stdout.write(`bootstrapping Debian with systemd for the tests, once, in ${base}\n`);
  mkdirSync(dirname(base), { recursive: true });
  const draft = mkdtempSync(`${base}.`);
  try {
    const release = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
    const made = spawnSync('mmdebstrap', ['--quiet', '--variant=minbase', `--include=${packages}`, release, draft], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`mmdebstrap: ${made.stderr}`);
    renameSync(draft, base);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
