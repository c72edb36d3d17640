/** Keys that hosts have shown and that were refused, so that an operator who has compared them can approve one without typing it. */
import type { PluginState } from 'ksocket/plugin';
import { knownHostsLine } from './known-hosts.js';
import { type Place, placesOf } from './known-hosts-file.js';

export const refusedKeysFile = 'refused_host_keys';

/** A host that shows another key each time keeps one line; a network of such hosts must not fill the disk. */
const mostLines = 10_000;

export class RefusedKeys {
  constructor(private readonly state: PluginState) {}

  /** The last one of each host, on what the file says now: an operator may have approved some meanwhile. */
  add(place: Place, key: Buffer): Promise<void> {
    const line = knownHostsLine(place, key);
    return this.state.update(refusedKeysFile, (text = '') => {
      const before = text.split('\n').filter((it) => it !== '');
      if (before.includes(line)) return undefined;
      const others = before.filter((it) => !it.startsWith(`${placesOf(place)[0]} `));
      return `${[...others, line].slice(-mostLines).join('\n')}\n`;
    });
  }
}
