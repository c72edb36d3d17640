/** The durable texts of one plug-in: files in a folder of its own, changed by one process at a time. */
import { join } from 'node:path';
import { type Clock, failure, type PluginState } from '../contract/index.js';
import { withFileLock } from '../journal/file-lock.js';
import { readOwnIfThere, versionOf, writeAtomic } from '../runtime/index.js';

/** Known hosts of 65,536 addresses fit several times. */
const maxStateBytes = 64 * 1024 * 1024;

/** A process that has the next change at hand leaves the lock alone for so long: whoever waits looks for it more often. */
const pauseMs = 10;

/** @param remembers false: texts are read, but what is written lives only as long as this state */
export function stateIn(folder: string, plugin: string, clock: Clock, remembers: boolean): PluginState {
  const forgotten = new Map<string, { readonly text: string; readonly version: string }>();
  let before: Promise<unknown> = Promise.resolve();
  let writes = 0;
  const fileOf = (name: string): string => {
    if (!/^[\w.-]{1,64}$/.test(name) || name.startsWith('.'))
      throw failure('E_PLUGIN', `${plugin}: state name ${JSON.stringify(name)}`);
    return join(folder, name);
  };
  const state: PluginState = {
    async read(name) {
      return forgotten.get(name)?.text ?? readOwnIfThere(fileOf(name), maxStateBytes);
    },
    async write(name, text) {
      if (remembers) await writeAtomic(fileOf(name), text);
      else forgotten.set(name, { text, version: `${++writes}` });
    },
    async update(name, change) {
      const work = async () => {
        const text = change(await state.read(name));
        if (text !== undefined) await state.write(name, text);
      };
      const mine = before.then(() => (remembers ? withFileLock(join(folder, '.lock'), clock, work) : work()));
      before = mine.then(
        () => (remembers ? clock.sleep(pauseMs) : undefined),
        () => undefined,
      );
      return mine;
    },
    async version(name) {
      return forgotten.get(name)?.version ?? versionOf(fileOf(name));
    },
  };
  return state;
}
