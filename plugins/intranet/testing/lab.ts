/**
 * Small networks of namespaces and veth pairs for the tests, without a way out of them. Names carry the process id, so that
 * test files run side by side; `close` takes everything down again.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Finding, Sighting } from 'ksocket/plugin';
import type { End, Wanted } from './look.js';

const child = fileURLToPath(new URL('./look.js', import.meta.url));
const packetLink = new URL('../sockets/packet-link.js', import.meta.url).href;
/** nobody, without any right over the network, or with one; reading is left to it, since a checkout may lie in a closed home. */
function asNobody(rights: 'nothing' | 'CAP_NET_RAW'): string[] {
  const kept = rights === 'nothing' ? '-all,+dac_read_search' : '-all,+dac_read_search,+net_raw';
  const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
  return [...nobody, `--inh-caps=${kept}`, `--ambient-caps=${kept}`];
}

/** Why the labs cannot be built here; undefined when they can. */
export function labObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    execFileSync('ip', ['-V'], { stdio: 'ignore' });
  } catch {
    return 'needs iproute2';
  }
  return existsSync('/proc/self/ns/net') ? undefined : 'needs network namespaces';
}

/** A test with a lab of its own. `programs` are the peers that it needs, by their files. */
export function labTest(
  title: string,
  run: (lab: Lab, t: TestContext) => Promise<void>,
  programs: readonly string[] = [],
): void {
  test(title, async (t) => {
    const missing = programs.filter((file) => !existsSync(file));
    const obstacle = labObstacle() ?? (missing.length > 0 ? `needs ${missing.join(', ')}` : undefined);
    if (obstacle !== undefined) return t.skip(obstacle);
    const it = new Lab();
    try {
      await run(it, t);
    } finally {
      await it.close();
    }
  });
}

export function answers(it: { evidence: readonly { probe: string; answer: string }[] }): string[] {
  return it.evidence.map(({ probe, answer }) => `${probe} ${answer}`);
}

export interface Seen {
  readonly sightings: readonly Sighting[];
  readonly findings: readonly Finding[];
  readonly end: End;
  of(address: string): Sighting;
}

/** By number: the names stand in /etc/protocols, which a small Debian does not have. */
const protocols = { icmp: 1, tcp: 6, udp: 17 } as const;

let labs = 0;

export class Lab {
  readonly #tag = `ks${process.pid}x${++labs}`;
  readonly #spaces: string[] = [];
  readonly #children: ChildProcess[] = [];
  readonly #ruled = new Set<string>();
  readonly #said = new Map<string, string>();

  /** A namespace with loopback up and IPv6 off, so that nothing but what the test sends is counted. */
  space(name: string): void {
    execFileSync('ip', ['netns', 'add', this.#name(name)]);
    this.#spaces.push(name);
    this.ip(name, 'link set lo up');
    this.sysctl(name, 'net.ipv6.conf.all.disable_ipv6', '1');
    this.sysctl(name, 'net.ipv6.conf.default.disable_ipv6', '1');
  }

  /** A cable. An end is a namespace, an interface and an address with its prefix, or `-` for none. */
  cable(a: readonly [string, string, string], b: readonly [string, string, string]): void {
    const pair = ['type', 'veth', 'peer', 'name', b[1], 'netns', this.#name(b[0])];
    execFileSync('ip', ['link', 'add', a[1], 'netns', this.#name(a[0]), ...pair]);
    for (const [space, name, address] of [a, b]) {
      const ipv6 = address.includes(':');
      if (ipv6) this.sysctl(space, `net.ipv6.conf.${name}.disable_ipv6`, '0');
      if (address !== '-') this.ip(space, `addr add ${address} dev ${name}${ipv6 ? ' nodad' : ''}`);
      this.ip(space, `link set ${name} up`);
    }
  }

  /**
   * Writes the other end of a cable into the neighbour table for good. All namespaces of a machine share its 1,024 entries
   * for learnt neighbours, and a sweep in another test may hold them all.
   */
  acquaint(space: string, name: string, address: string, other: readonly [space: string, name: string]): void {
    this.ip(space, `neigh replace ${address} lladdr ${this.mac(...other)} nud permanent dev ${name}`);
  }

  ip(space: string, command: string): void {
    execFileSync('ip', ['-n', this.#name(space), ...command.split(' ')], { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  sysctl(space: string, key: string, value: string): void {
    this.#run(space, ['sysctl', '-qw', `${key}=${value}`]);
  }

  /** Drops a protocol that comes in by an interface, as a firewall does. */
  drop(space: string, name: string, protocol: keyof typeof protocols): void {
    if (!this.#ruled.has(space)) {
      this.ip(space, 'rule add pref 100 lookup local');
      this.ip(space, 'rule del pref 0');
      this.#ruled.add(space);
    }
    this.ip(space, `rule add pref ${protocols[protocol]} iif ${name} ipproto ${protocols[protocol]} blackhole`);
  }

  /** Packets that left through an interface. */
  sent(space: string, name: string): number {
    return Number(this.#run(space, ['cat', `/sys/class/net/${name}/statistics/tx_packets`]));
  }

  mac(space: string, name: string): string {
    return this.#run(space, ['cat', `/sys/class/net/${name}/address`]).trim();
  }

  /** Runs JavaScript that serves something, until the lab closes; resolves when it has printed a line. */
  async serve(space: string, script: string): Promise<void> {
    const process_ = this.#spawn([...this.#inside(space), process.execPath, '-e', script]);
    process_.stdout?.on('data', (text) => this.#said.set(space, `${this.said(space)}${text}`));
    await once(process_.stdout ?? process_, 'data');
  }

  /** Runs a server until the lab closes; resolves when it has said that it is ready, as many times as it is to. */
  async daemon(space: string, command: readonly string[], ready: RegExp, times = 1): Promise<void> {
    const it = spawn('ip', ['netns', 'exec', this.#name(space), ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(it);
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        said += chunk.toString();
        if (said.split(ready).length > times) resolve();
      };
      it.stdout.on('data', hear);
      it.stderr.on('data', hear);
      it.once('exit', (code) => reject(new Error(`${command[0]} ended with ${code}: ${said}`)));
    });
  }

  /** What the servers of a namespace have printed. */
  said(space: string): string {
    return this.#said.get(space) ?? '';
  }

  /**
   * Runs JavaScript for each frame of an EtherType that comes in; it has `frame`, `send(frame)` on the same interface and
   * `say(text)`.
   */
  serveFrames(space: string, name: string, etherType: number, script: string): Promise<void> {
    return this.serve(
      space,
      `import(${JSON.stringify(packetLink)}).then(async ({ openPacketSocket }) => {
         const say = (text) => console.log(text);
         const link = await openPacketSocket(${JSON.stringify(name)}, ${etherType}, (frame) => { ${script} });
         const send = (frame) => link.send(frame);
         say('up');
       })`,
    );
  }

  /** Runs a module of this folder to its end: what it prints. */
  module(space: string, name: string): string {
    const file = fileURLToPath(new URL(name, import.meta.url));
    return this.#run(space, [process.execPath, file]).trim();
  }

  /** One look from a namespace; `during` is called with each sighting as it comes. */
  async look(
    space: string,
    wanted: Wanted,
    options: { nobody?: 'nothing' | 'CAP_NET_RAW'; during?: (sighting: Sighting) => void } = {},
  ): Promise<Seen> {
    const as = options.nobody === undefined ? [] : asNobody(options.nobody);
    const command = ['ip', 'netns', 'exec', this.#name(space), ...as, process.execPath, child, JSON.stringify(wanted)];
    const looking = this.#spawn(command);
    const sightings: Sighting[] = [];
    const findings: Finding[] = [];
    let end: End | undefined;
    for await (const line of createInterface({ input: looking.stdout ?? process.stdin })) {
      const it = JSON.parse(line) as Sighting | Finding | End;
      if ('end' in it) end = it;
      else if ('finding' in it) findings.push(it);
      else {
        sightings.push(it);
        options.during?.(it);
      }
    }
    if (end === undefined) throw new Error(`the child ended early with ${looking.exitCode ?? looking.signalCode}`);
    const of = (address: string) => {
      const found = sightings.filter((it) => it.addresses.includes(address));
      if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} sightings of ${address}`);
      return found[0];
    };
    return { sightings, findings, end, of };
  }

  /** A peer tool, run in a namespace: what it prints, and how many milliseconds it took. */
  peer(space: string, command: readonly string[]): { output: string; ms: number } {
    const from = performance.now();
    const output = this.#run(space, command);
    return { output, ms: performance.now() - from };
  }

  async close(): Promise<void> {
    for (const it of this.#children) {
      if (it.exitCode !== null || it.signalCode !== null) continue;
      it.kill('SIGKILL');
      await once(it, 'exit');
    }
    for (const name of this.#spaces.reverse()) execFileSync('ip', ['netns', 'del', this.#name(name)]);
  }

  #name(space: string): string {
    return `${this.#tag}${space}`;
  }

  #inside(space: string): string[] {
    return ['ip', 'netns', 'exec', this.#name(space)];
  }

  #run(space: string, command: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.#name(space), ...command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  #spawn([command = '', ...args]: readonly string[]): ChildProcess {
    const it = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(it);
    return it;
  }
}
