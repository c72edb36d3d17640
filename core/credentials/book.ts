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
  const names = await searchOrder(root);
  const marks = await Promise.all(
    names.map(async (name) => {
      const it = await stat(join(root, name)).catch(() => undefined);
      // ctime, because chmod and chown change nothing else.
      return `${name} ${it?.ctimeMs} ${it?.size} ${it?.ino}`;
    }),
  );
  const fingerprint = [...marks, await keyring?.mark()].join('\n');
  if (previous?.fingerprint === fingerprint) return previous;
  const files: CredentialFile[] = [];
  const broken: BrokenFile[] = [];
  const groups = await readers(directory);
  for (const name of names) {
    const shown = `${collector.name}/${name}`;
    try {
      files.push(await readCredentialFile(join(root, name), shown, { collector, redactor, groups, keyring }));
    } catch (error) {
      const fault = asFailure(error, `read ${shown}`);
      broken.push({ name: shown, reason: sentenceOf(error), fault });
    }
  }
  return new CredentialBook(files, broken, fingerprint);
}
