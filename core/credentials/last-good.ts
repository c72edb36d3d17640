/** Which file got in where, over the end of a process. It is a memory and no rule: once any file has changed it is forgotten. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readOwnIfThere, writeAtomic } from '../runtime/index.js';
import type { CredentialBook } from './book.js';

const schema = z.record(z.string(), z.object({ fingerprint: z.string(), good: z.record(z.string(), z.string()) }));

/** 65,536 addresses with the name of a file each fit several times. */
const mostBytes = 64 * 1024 * 1024;

export class LastGood {
  #saved = '';

  /** @param file in var/lib/ksocket */
  constructor(private readonly file: string) {}

  /** What is damaged is nothing. @throws Failure E_INPUT where it cannot be read */
  async restore(collector: string, book: CredentialBook): Promise<void> {
    const text = (await readOwnIfThere(this.file, mostBytes)) ?? '{}';
    const known = parse(text)[collector];
    if (known?.fingerprint === printOf(book)) book.restore(Object.entries(known.good));
  }

  /** Written only when something is new. */
  async save(books: ReadonlyMap<string, CredentialBook>): Promise<void> {
    const data = [...books].map(([collector, book]) => [
      collector,
      { fingerprint: printOf(book), good: Object.fromEntries(book.good) },
    ]);
    const text = `${JSON.stringify(Object.fromEntries(data))}\n`;
    if (text === this.#saved) return;
    await writeAtomic(this.file, text);
    this.#saved = text;
  }
}

const printOf = ({ fingerprint }: CredentialBook): string => createHash('sha256').update(fingerprint).digest('hex');

function parse(text: string): z.output<typeof schema> {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
