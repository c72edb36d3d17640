/** Credential files as an operator asks about them: what is there, what is wrong with it, and whether it gets in somewhere. */
import { join } from 'node:path';
import { expandHome, type FrozenSettings, type Home } from '../config/index.js';
import type { Address, Collector, Failure } from '../contract/index.js';
import {
  type CredentialBook,
  type CredentialFile,
  keyringOf,
  LastGood,
  readBook,
  readers,
  StrictModes,
  searchOrder,
} from '../credentials/index.js';
import type { Redactor } from '../runtime/index.js';
import { enter } from '../scan/index.js';
import { importPlugins } from './plugins.js';
import { tokens } from './tokens.js';
import type { Wiring } from './wiring.js';

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

/** What came of one file: it gets in, it does not and why, or it was not tried. */
export type Trial = { readonly result: 'in' | 'untried' } | { readonly result: 'out'; readonly fault: Failure };

export interface Knocking {
  /** Resolves as soon as it is known. */
  of(file: CredentialFile): Promise<Trial>;
}

/**
 * Logs in as a scan does: the files that match, in their order, each once at most, until one gets in. The session is closed at once.
 * @param credentials all of them, since a file may name hops that have files of their own
 */
export function logIn(
  wiring: Wiring,
  credentials: readonly Credentials[],
  { name, address }: { readonly name: string; readonly address: Address },
  signal: AbortSignal,
): Knocking {
  const { collectors } = wiring.get(tokens.roster);
  const ready = collectors.find(({ collector }) => collector.name === name)!;
  const books = new Map(credentials.map(({ collector, book }) => [collector, book]));
  const trials = new Map<CredentialFile, { promise: Promise<Trial>; resolve: (trial: Trial) => void }>();
  for (const file of books.get(name)?.files ?? []) {
    let resolve: (trial: Trial) => void = () => undefined;
    const promise = new Promise<Trial>((done) => {
      resolve = done;
    });
    trials.set(file, { promise, resolve });
  }
  const parts = {
    collectors,
    books,
    policy: wiring.get(tokens.policy),
    clock: wiring.get(tokens.clock),
    watch: wiring.get(tokens.guard).watch(),
    log: wiring.get(tokens.log).logger('ksocket.diagnostics'),
    tried: (file: CredentialFile, fault: Failure | undefined) =>
      trials.get(file)?.resolve(fault === undefined ? { result: 'in' } : { result: 'out', fault }),
  };
  // Also at an address of our own it is the files that are asked for.
  const attempt = enter(parts, ready, { address, own: false }, signal).then(async ({ entered }) => {
    await entered?.close();
    for (const { resolve } of trials.values()) resolve({ result: 'untried' });
  });
  return {
    of: async (file) => {
      const trial = await trials.get(file)!.promise;
      if (trial.result === 'in') await attempt;
      return trial;
    },
  };
}
