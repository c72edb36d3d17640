/**
 * All credential files of one collector, read once a scan: which of them match an address, in which order they are tried, and
 * what is wrong with those that cannot be used. A file that worked for an address is tried first next time, until any file
 * changes.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { parseDocument, validate } from '../config/index.js';
import {
  type Address,
  AddressSet,
  asFailure,
  type Collector,
  type Failure,
  failure,
  parseRange,
  sentenceOf,
} from '../contract/index.js';
import { type Redactor, readText } from '../runtime/index.js';
import { searchOrder } from './search.js';

export interface CredentialFile {
  /** Path below etc/ksocket/credentials: `ssh/00_common.toml`. */
  readonly name: string;
  /** Folder of the file, for the keys that it names. */
  readonly directory: string;
  readonly includes: AddressSet;
  readonly excludes: AddressSet;
  /** What the collector's schema made of the rest. */
  readonly credential: unknown;
  /** The rest as written: the core reads `port` and the tunnel field of other collectors here. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface BrokenFile {
  readonly name: string;
  readonly reason: string;
  /** The same, with its remedy apart. */
  readonly fault: Failure;
}

const range = z.string().transform((text, context) => {
  try {
    return parseRange(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

/** What every credential file has; the rest belongs to the collector. */
export const scopeSchema = z.looseObject({
  includes: z
    .array(range)
    .min(1)
    .meta({
      description: 'Addresses and networks that this file is for',
      examples: [['10.10.0.0/24', '10.20.0.1', '10.20.0.3']],
    }),
  excludes: z
    .array(range)
    .default([])
    .meta({
      description: 'Addresses and networks that it is not for; wins over includes',
      examples: [['10.10.0.1', '10.10.0.3']],
    }),
});

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
  const fingerprint = marks.join('\n');
  if (previous?.fingerprint === fingerprint) return previous;
  const files: CredentialFile[] = [];
  const broken: BrokenFile[] = [];
  const groups = await readers(directory);
  for (const name of names) {
    const shown = `${collector.name}/${name}`;
    try {
      files.push(await readCredentialFile(join(root, name), shown, collector, redactor, groups));
    } catch (error) {
      const fault = asFailure(error, `read ${shown}`);
      broken.push({ name: shown, reason: sentenceOf(error), fault });
    }
  }
  return new CredentialBook(files, broken, fingerprint);
}

async function readCredentialFile(
  path: string,
  name: string,
  collector: Collector,
  redactor: Redactor,
  groups: ReadonlySet<number>,
): Promise<CredentialFile> {
  await checkMode(path, groups);
  const data = parseDocument(await readText(path), path);
  const { includes, excludes, ...fields } = validate(scopeSchema, data, path, ['includes', 'excludes']);
  const credential = validate(collector.credential, fields, path);
  redactor.addAll(credential);
  return {
    name,
    directory: dirname(path),
    includes: new AddressSet(includes),
    excludes: new AddressSet(excludes),
    credential,
    fields,
  };
}

/**
 * A file with the keys to servers that other users of this machine may read is refused, with the command that mends it: its group
 * must be one of ours.
 */
async function checkMode(path: string, groups: ReadonlySet<number>): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode, gid } = await stat(path);
  const shown = `${basename(path)} may be read by`;
  const remedy = `chmod ${(mode & 0o007) !== 0 ? '640' : '600'} ${path}`;
  if ((mode & 0o007) !== 0) {
    throw failure('E_CREDENTIAL', `${shown} every user of this machine (mode ${(mode & 0o777).toString(8)})`, {
      remedy,
    });
  }
  if ((mode & 0o070) !== 0 && !groups.has(gid)) {
    throw failure('E_CREDENTIAL', `${shown} group ${gid}, which is not the service's`, { remedy });
  }
}

/**
 * Groups that may read credential files: ours. Root, who is in no group of the service and looks at its files all the same
 * (`ksocket diagnostics`, `ksocket scan`), takes the one to which root has given the folder and nobody else.
 */
async function readers(directory: string): Promise<ReadonlySet<number>> {
  const ours = [process.getgid?.() ?? -1, ...(process.getgroups?.() ?? [])];
  if (process.getuid?.() !== 0) return new Set(ours);
  const folder = await stat(directory).catch(() => undefined);
  const given = folder !== undefined && folder.uid === 0 && (folder.mode & 0o007) === 0;
  return new Set(given ? [...ours, folder.gid] : ours);
}
