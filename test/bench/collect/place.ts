/**
 * Where the bench of collection takes place: a namespace that asks, a switch, and hosts of their own namespaces behind it. Each
 * host has a /24 of addresses that it answers for, so that few hosts can stand for many. It ends with the run.
 */
import { execFileSync } from 'node:child_process';

let built = 0;

export class Place {
  readonly #tag = `ksc${process.pid}x${++built}`;
  readonly #spaces: string[] = [];
  /** Namespaces have names and outlive their maker: an interrupted run takes them along too. */
  readonly #leave = () => this.#delete();

  private constructor(readonly hosts: number) {
    process.once('exit', this.#leave);
  }

  /** At most 200 hosts. */
  static build(hosts: number): Place {
    const it = new Place(hosts);
    try {
      it.#build();
      return it;
    } catch (error) {
      it.close();
      throw error;
    }
  }

  /** The first so many addresses, host by host, and then each host's next one. */
  addresses(count: number): string[] {
    return Array.from({ length: count }, (_, i) => this.address(i % this.hosts, Math.floor(i / this.hosts)));
  }

  address(host: number, which: number): string {
    return `10.67.${host}.${which + 1}`;
  }

  /** The words that run a command where the questions come from. */
  here(command: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.#name('here'), ...command];
  }

  /** The words that run a command on a host. */
  on(host: number, command: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.spaceOf(host), ...command];
  }

  /** Name of a host's namespace, which is a file in /run/netns. */
  spaceOf(host: number): string {
    return this.#name(`h${host}`);
  }

  close(): void {
    this.#delete();
    process.off('exit', this.#leave);
  }

  #build(): void {
    this.#space('lan');
    this.#ip('lan', ['link add bridge type bridge', 'link set bridge up']);
    this.#station('here', '10.66.255.1', []);
    for (let host = 0; host < this.hosts; host++)
      this.#station(`h${host}`, `10.66.0.${host + 1}`, [`route add local 10.67.${host}.0/24 dev lo`]);
    const routes = Array.from(
      { length: this.hosts },
      (_, host) => `route add 10.67.${host}.0/24 via 10.66.0.${host + 1}`,
    );
    this.#ip('here', routes);
  }

  #station(name: string, address: string, more: readonly string[]): void {
    this.#space(name);
    const peer = ['peer', 'name', name, 'netns', this.#name('lan')];
    execFileSync('ip', ['link', 'add', 'eth0', 'netns', this.#name(name), 'type', 'veth', ...peer]);
    this.#ip('lan', [`link set ${name} master bridge`, `link set ${name} up`]);
    this.#ip(name, [`addr add ${address}/16 dev eth0`, 'link set eth0 up', ...more]);
  }

  #space(name: string): void {
    execFileSync('ip', ['netns', 'add', this.#name(name)]);
    this.#spaces.push(name);
    this.#ip(name, ['link set lo up']);
  }

  #ip(space: string, commands: readonly string[]): void {
    execFileSync('ip', ['-n', this.#name(space), '-batch', '-'], { input: `${commands.join('\n')}\n` });
  }

  #name(space: string): string {
    return `${this.#tag}${space}`;
  }

  #delete(): void {
    for (const space of this.#spaces.splice(0)) execFileSync('ip', ['netns', 'del', this.#name(space)]);
  }
}
