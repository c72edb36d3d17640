/** Keys that hosts have shown and that were refused, so that an operator who has compared them can approve one without typing it. */
import type { Host } from 'ksocket/plugin';
import { knownHostsLine } from './known-hosts.js';
import { type Place, placesOf } from './known-hosts-file.js';

export const refusedKeysFile = 'refused_host_keys';

/** A host that shows another key each time keeps one line; a network of such hosts must not fill the disk. */
const mostLines = 10_000;

export class RefusedKeys {
  #writing: Promise<void> = Promise.resolve();

  constructor(private readonly state: Host<unknown>['state']) {}

  /** The last one of each host. One at a time, each on what the file says now: an operator may have approved some meanwhile. */
  add(place: Place, key: Buffer): Promise<void> {
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(async () => {
        const line = knownHostsLine(place, key);
        const before = (await this.state.read(refusedKeysFile))?.split('\n').filter((it) => it !== '') ?? [];
        if (before.includes(line)) return;
        const others = before.filter((it) => !it.startsWith(`${placesOf(place)[0]} `));
        await this.state.write(refusedKeysFile, `${[...others, line].slice(-mostLines).join('\n')}\n`);
      });
    return this.#writing;
  }
}
