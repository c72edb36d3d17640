/**
 * The network of one case, out of namespaces that end with it: `here` asks, `far` answers for exactly the alive addresses.
 * On a link a cable lies between them, or a bridge that loses frames; `routed` has a router before it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Carried, LossyBridge } from '../../lab/lossy-bridge.js';
import type { Population } from './population.js';

export interface Shape {
  readonly place: 'link' | 'routed';
  readonly loss: number;
  readonly seed: number;
  /** A bridge even where nothing is lost, to measure the bridge itself. */
  readonly bridge?: boolean | undefined;
}

const bridge = fileURLToPath(new URL('../../lab/lossy-bridge.js', import.meta.url));
/** The interface of `here`, whose counters tell what was sent. */
export const interfaceName = 'v0';
let built = 0;

export class Network {
  readonly #tag = `ksb${process.pid}x${++built}`;
  readonly #spaces: string[] = [];
  #bridge: ChildProcess | undefined;

  /** Namespaces have names and outlive their maker: an interrupted run takes them along too. */
  readonly #leave = () => this.#delete();

  private constructor(private readonly population: Population) {
    process.once('exit', this.#leave);
  }

  /** `close` takes it down, also after a failure. */
  static async build(population: Population, shape: Shape): Promise<Network> {
    const it = new Network(population);
    try {
      await it.#build(shape);
      return it;
    } catch (error) {
      await it.close();
      throw error;
    }
  }

  /** The words that run a command in the asking namespace. */
  here(command: readonly string[]): string[] {
    return this.#in('here', command);
  }

  /** Packets that have left. */
  sent(): number {
    const counter = `/sys/class/net/${interfaceName}/statistics/tx_packets`;
    return Number(run(this.here(['cat', counter])));
  }

  /** What the bridge carried, if there was one. */
  async close(): Promise<Carried | undefined> {
    const carried = await this.#endBridge();
    this.#delete();
    process.off('exit', this.#leave);
    return carried;
  }

  #delete(): void {
    for (const space of this.#spaces.splice(0)) run(['ip', 'netns', 'del', this.#name(space)]);
  }

  async #build({ place, loss, seed, bridge }: Shape): Promise<void> {
    const { network, pieces, own, alive } = this.population;
    const prefix = network.split('/')[1];
    const [first = ''] = alive;
    this.#space('here');
    this.#space('far');
    if (place === 'link') {
      await this.#cable(['here', interfaceName], ['far', 'v1'], { loss, seed, bridge });
      this.#ip('here', [`addr add ${own}/${prefix} dev ${interfaceName}`]);
      this.#ip('far', [`addr add ${first}/${prefix} dev v1`]);
    } else {
      this.#space('router');
      await this.#cable(['here', interfaceName], ['router', 'v1'], { loss: 0, seed, bridge: false });
      await this.#cable(['router', 'v2'], ['far', 'v3'], { loss, seed, bridge });
      this.#ip('here', [`addr add 10.64.0.1/30 dev ${interfaceName}`, `route add ${network} via 10.64.0.2`]);
      this.#ip('router', ['addr add 10.64.0.2/30 dev v1', 'addr add 10.65.0.1/30 dev v2']);
      this.#ip('router', [`route add ${network} via 10.65.0.2`]);
      this.#ip('far', ['addr add 10.65.0.2/30 dev v3', 'route add default via 10.65.0.1']);
      run(this.#in('router', ['sysctl', '-qw', 'net.ipv4.ip_forward=1']));
      // A lost ARP frame between the routers would hold everything for a second: not what is measured here.
      this.#neighbour('router', 'v2', '10.65.0.2', 'far', 'v3');
      this.#neighbour('far', 'v3', '10.65.0.1', 'router', 'v2');
    }
    // AnyIP: the kernel answers ARP, ICMP and TCP for whole networks. It forwards nothing, so all else is silent.
    this.#ip(
      'far',
      pieces.map((piece) => `route replace local ${piece} dev lo`),
    );
  }

  async #cable(
    a: readonly [string, string],
    b: readonly [string, string],
    { loss, seed, bridge }: Pick<Shape, 'loss' | 'seed' | 'bridge'>,
  ): Promise<void> {
    if (loss === 0 && !bridge) return this.#pair(a, b);
    this.#space('between');
    this.#pair(a, ['between', 'p0']);
    this.#pair(['between', 'p1'], b);
    await this.#bridgeOver({ interfaces: ['p0', 'p1'], loss, seed });
  }

  #pair(a: readonly [string, string], b: readonly [string, string]): void {
    const peer = ['peer', 'name', b[1], 'netns', this.#name(b[0])];
    run(['ip', 'link', 'add', a[1], 'netns', this.#name(a[0]), 'type', 'veth', ...peer]);
    for (const [space, name] of [a, b]) this.#ip(space, [`link set ${name} up`]);
  }

  async #bridgeOver(wanted: LossyBridge): Promise<void> {
    const [command = '', ...args] = this.#in('between', [process.execPath, bridge, JSON.stringify(wanted)]);
    this.#bridge = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(this.#bridge.stdout!, 'data');
  }

  async #endBridge(): Promise<Carried | undefined> {
    const it = this.#bridge;
    if (it === undefined) return undefined;
    this.#bridge = undefined;
    it.stdin?.end();
    for await (const line of createInterface({ input: it.stdout! })) return JSON.parse(line) as Carried;
    throw new Error(`the lossy bridge ended early with ${it.exitCode ?? it.signalCode}`);
  }

  #neighbour(space: string, name: string, address: string, other: string, otherName: string): void {
    const mac = run(this.#in(other, ['cat', `/sys/class/net/${otherName}/address`])).trim();
    this.#ip(space, [`neigh replace ${address} lladdr ${mac} nud permanent dev ${name}`]);
  }

  /** A namespace with loopback up and IPv6 off, so that nothing but what is asked is counted. */
  #space(name: string): void {
    run(['ip', 'netns', 'add', this.#name(name)]);
    this.#spaces.push(name);
    this.#ip(name, ['link set lo up']);
    const off = ['all', 'default'].map((which) => `net.ipv6.conf.${which}.disable_ipv6=1`);
    run(this.#in(name, ['sysctl', '-qw', ...off]));
  }

  #ip(space: string, commands: readonly string[]): void {
    execFileSync('ip', ['-n', this.#name(space), '-batch', '-'], { input: `${commands.join('\n')}\n` });
  }

  #in(space: string, command: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.#name(space), ...command];
  }

  #name(space: string): string {
    return `${this.#tag}${space}`;
  }
}

function run([command = '', ...args]: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' });
}
