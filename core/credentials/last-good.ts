/** Which file got in where, over the end of a process. It is a memory and no rule: once any file has changed it is forgotten. */
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Address, Clock } from '../contract/index.js';
import { withFileLock } from '../journal/file-lock.js';
import { readOwnIfThere, systemClock, writeAtomic } from '../runtime/index.js';
import type { CredentialBook } from './book.js';

const schema = z.record(z.string(), z.object({ fingerprint: z.string(), good: z.record(z.string(), z.string()) }));
type Known = z.output<typeof schema>;

/** 65,536 addresses with the name of a file each fit several times. */
const mostBytes = 64 * 1024 * 1024;

export class LastGood {
  /** Of each book what is in the file for certain: the rest was learnt here. */
  readonly #kept = new WeakMap<CredentialBook, Map<Address, string>>();

  /** @param file in var/lib/ksocket */
  constructor(
    private readonly file: string,
    private readonly clock: Pick<Clock, 'sleep' | 'monotonic'> = systemClock,
  ) {}

  /** What is damaged is nothing. @throws Failure E_INPUT where it cannot be read */
  async restore(collector: string, book: CredentialBook): Promise<void> {
    const known = (await this.#read())[collector];
    if (known?.fingerprint === printOf(book)) book.restore(Object.entries(known.good));
    this.#kept.set(book, new Map(book.good));
  }

  /** Written only when something is new, and beside what other processes have learnt meanwhile. */
  async save(books: ReadonlyMap<string, CredentialBook>): Promise<void> {
    const learnt = [...books].flatMap(([collector, book]) => {
      const kept = this.#kept.get(book);
      const good = [...book.good].filter(([address, name]) => kept?.get(address) !== name);
      return good.length === 0 ? [] : [{ collector, book, good }];
    });
    if (learnt.length === 0) return;
    await withFileLock(join(dirname(this.file), `.${basename(this.file)}.lock`), this.clock, async () => {
      const known = await this.#read();
      for (const { collector, book, good } of learnt) {
        const fingerprint = printOf(book);
        const before = known[collector]?.fingerprint === fingerprint ? known[collector].good : {};
        known[collector] = { fingerprint, good: { ...before, ...Object.fromEntries(good) } };
      }
      await writeAtomic(this.file, `${JSON.stringify(known)}\n`);
    });
    for (const { book } of learnt) this.#kept.set(book, new Map(book.good));
  }

  async #read(): Promise<Known> {
    return parse((await readOwnIfThere(this.file, mostBytes)) ?? '{}');
  }
}

const printOf = ({ fingerprint }: CredentialBook): string => createHash('sha256').update(fingerprint).digest('hex');

function parse(text: string): Known {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
