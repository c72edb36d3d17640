/**
 * All credential files of one collector, read once a scan: which of them match an address, in which order they are tried, and
 * what is wrong with those that cannot be used. A file that worked for an address is tried first next time, until any file
 * changes.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Address, asFailure, type Collector, sentenceOf } from '../contract/index.js';
import type { Redactor } from '../runtime/index.js';
import { type BrokenFile, type CredentialFile, readCredentialFile } from './file.js';
import { readers } from './permissions.js';
import type { Keyring } from './sealing/index.js';
import { searchOrder } from './search.js';
import { StrictModes } from './strict-modes.js';

export class CredentialBook {
  readonly #lastGood = new Map<Address, string>();

  constructor(
    readonly files: readonly CredentialFile[],
    readonly broken: readonly BrokenFile[],
    /** Changes when any file is added, removed or written. */
    readonly fingerprint: string,
  ) {}

  /** Files that are for this address, in the order in which to try them. */
  matching(address: Address): CredentialFile[] {
    const files = this.files.filter((f) => f.includes.has(address) && !f.excludes.has(address));
    const good = this.#lastGood.get(address);
    return good === undefined
      ? files
      : [...files.filter((f) => f.name === good), ...files.filter((f) => f.name !== good)];
  }

  /** Which file got in at which address. */
  get good(): ReadonlyMap<Address, string> {
    return this.#lastGood;
  }

  /** What was known of the same files before. */
  restore(good: Iterable<readonly [Address, string]>): void {
    const names = new Set(this.files.map(({ name }) => name));
    for (const [address, name] of good) if (names.has(name)) this.#lastGood.set(address, name);
  }

  worked(address: Address, file: CredentialFile): void {
    this.#lastGood.set(address, file.name);
  }
}

/** Reads the folder of one collector. `previous` is returned itself when nothing has changed, with what it remembers. */
export async function readBook(
  directory: string,
  collector: Collector,
  redactor: Redactor,
  previous: CredentialBook | undefined,
  keyring?: Keyring,
): Promise<CredentialBook> {
  const root = join(directory, collector.name);
  const groups = await readers(directory);
  const modes = new StrictModes(groups);
  const names = await searchOrder(root, { modes });
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(root, name);
      const it = await stat(path).catch(() => undefined);
      // A link leads through folders that the search has not seen.
      const refused = await modes.refusal(path, { isSearched: it?.isDirectory() });
      // ctime, because chmod and chown change nothing else.
      return { name, path, refused, mark: `${name} ${it?.ctimeMs} ${it?.size} ${it?.ino} ${refused?.message}` };
    }),
  );
  const fingerprint = [...found.map(({ mark }) => mark), await keyring?.mark()].join('\n');
  if (previous?.fingerprint === fingerprint) return previous;
  const files: CredentialFile[] = [];
  const broken: BrokenFile[] = [];
  for (const { name, path, refused } of found) {
    const shown = `${collector.name}/${name}`;
    try {
      if (refused !== undefined) throw refused;
      files.push(await readCredentialFile(path, shown, { collector, redactor, groups, keyring }));
    } catch (error) {
      const fault = asFailure(error, `read ${shown}`);
      broken.push({ name: shown, reason: sentenceOf(error), fault });
    }
  }
  return new CredentialBook(files, broken, fingerprint);
}
