/** Keys that hosts have shown and that were refused, so that an operator who has compared them can approve one without typing it. */
import type { Address, Host } from 'ksocket/plugin';
import { knownHostsLine } from './known-hosts.js';

export const refusedKeysFile = 'refused_host_keys';

/** A host that shows another key each time keeps one line; a network of such hosts must not fill the disk. */
const mostLines = 10_000;

export class RefusedKeys {
  #writing: Promise<void> = Promise.resolve();

  constructor(private readonly state: Host<unknown>['state']) {}

  /** The last one of each host. One at a time, each on what the file says now: an operator may have approved some meanwhile. */
  add(address: Address, port: number, key: Buffer): Promise<void> {
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(async () => {
        const line = knownHostsLine(address, port, key);
        const before = (await this.state.read(refusedKeysFile))?.split('\n').filter((it) => it !== '') ?? [];
        if (before.includes(line)) return;
        const others = before.filter((it) => !it.startsWith(`[${address}]:${port} `));
        await this.state.write(refusedKeysFile, `${[...others, line].slice(-mostLines).join('\n')}\n`);
      });
    return this.#writing;
  }
}
