/** Credential files as an operator asks about them: what is there, and what is wrong with it. */
import { join } from 'node:path';
import { expandHome, type FrozenSettings, type Home } from '../config/index.js';
import type { Collector } from '../contract/index.js';
import {
  type CredentialBook,
  keyringOf,
  LastGood,
  readBook,
  readers,
  StrictModes,
  searchOrder,
} from '../credentials/index.js';
import type { Redactor } from '../runtime/index.js';
import { importPlugins } from './plugins.js';

/** The files of one collector. */
export interface Credentials {
  readonly collector: string;
  readonly book: CredentialBook;
  /** Names of all of them, in search order: `ssh/00_common.toml`. */
  readonly order: readonly string[];
  /** Those of them that no search looks at, since a name begins with `_`. */
  readonly leftOut: ReadonlySet<string>;
}

/** Every collector's files, as a scan reads them. @param redactor learns their secrets */
export async function credentialsOf(
  { home, settings }: { readonly home: Home; readonly settings: FrozenSettings },
  redactor: Redactor,
): Promise<Credentials[]> {
  const directory = expandHome(settings.directories.credentials, home);
  const collectors = (await importPlugins()).filter((it): it is Collector => it.kind === 'collector');
  const modes = new StrictModes(await readers(directory));
  return Promise.all(
    collectors.map(async (collector) => {
      const folder = join(directory, collector.name);
      const [book, all, read] = await Promise.all([
        readBook(directory, collector, redactor, undefined, keyringOf(home)),
        searchOrder(folder, { all: true, modes }),
        searchOrder(folder, { modes }),
      ]);
      await new LastGood(`${home.lib}/last-good.json`).restore(collector.name, book);
      const shown = (name: string) => `${collector.name}/${name}`;
      const leftOut = new Set(all.filter((name) => !read.includes(name)).map(shown));
      return { collector: collector.name, book, order: all.map(shown), leftOut };
    }),
  );
}
