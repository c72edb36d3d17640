/**
 * What is known of accounts whose logins were refused, on the disk: a small file for each, written before a secret leaves for a host and
 * removed when it is accepted. So no refusal is lost, whatever ends the process, and every process of this installation knows of it.
 */
import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Clock, Random } from '../../contract/index.js';
import type { Account } from './account.js';

/** The folder of the files, or what stands for it in a test. A write is durable when it resolves. */
export interface LedgerStore {
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
  /** Does this while nobody else, in whatever process, does any such thing. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  remove(name: string): Promise<void>;
  names(): Promise<string[]>;
}

const entrySchema = z.object({
  account: z.string(),
  /** Since the last login that was accepted. `isSent`: counted before it left, and nobody has said yet what came of it. */
  refusals: z.array(
    z.object({
      id: z.string(),
      at: z.number(),
      isSent: z.boolean(),
      /** No host has said that it refuses it: one did not end the login, so that nobody knows. */
      isUnanswered: z.boolean().default(false),
      /** The account was spared, and this secret was new. */
      isCorrection: z.boolean().default(false),
    }),
  ),
  /** What each file had for a secret when it was last sent (`kept` of its mark); `at` is 0 where it was not. */
  files: z.array(z.object({ file: z.string(), mark: z.string(), at: z.number() })),
});

export type Entry = z.output<typeof entrySchema>;
/** One that is counted; without `isCorrection` it is what it was before under its id. */
export type Refusal = Omit<Entry['refusals'][number], 'isCorrection' | 'isUnanswered'> & {
  readonly isCorrection?: boolean;
  readonly isUnanswered?: boolean;
};

/** A file of the ledger: undefined where it is too old to count. */
interface Known {
  readonly entry: Entry | undefined;
  /** It says something else than this. */
  readonly isOutdated: boolean;
}

const nothing = (account: string): Entry => ({ account, refusals: [], files: [] });

/** No host counts for longer, and an account that is not used any more is to be forgotten. */
const kept = 24 * 60 * 60_000;
/** More files than anybody has for one account, and more refusals than an hour allows. */
const mostListed = 32;
const saltName = 'salt';
/** Twelve bits: of a thousand guesses none is likelier than the others, and of a thousand corrections one is overlooked for an hour. */
const keptDigits = 3;

/** What a secret is known by. */
export interface Mark {
  /** In memory. */
  readonly whole: string;
  /** On the disk, where so little of it stands that who steals it can test no guesses. */
  readonly kept: string;
}

export class Ledger {
  constructor(
    private readonly store: LedgerStore,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  async read({ id, shown }: Account): Promise<Entry> {
    return (await this.#current(nameOf(id)))?.entry ?? nothing(shown);
  }

  /**
   * Changes what is known, one after the other: two logins that end at the same moment are two.
   * @param change returns what is known now, undefined for nothing any more; what it throws changes nothing
   */
  async update({ id, shown }: Account, change: (entry: Entry) => Entry | undefined): Promise<void> {
    await this.#inTurn(nameOf(id), (entry) => {
      const before = entry ?? nothing(shown);
      const after = change(before);
      return after === before ? entry : after;
    });
  }

  /** Every account that has been refused of late; what is older is removed. */
  async all(): Promise<Entry[]> {
    const found: Entry[] = [];
    for (const name of await this.store.names()) {
      if (name === saltName) continue;
      const known = await this.#current(name);
      if (known?.entry !== undefined) found.push(known.entry);
    }
    return found;
  }

  /** By this it is known whether the account's secret has changed; another account's with the same secret is another one. */
  async mark({ id, secrets }: Account): Promise<Mark> {
    const values = secrets.map((it) => it.reveal());
    const whole = createHmac('sha256', await this.#salt())
      .update(JSON.stringify([id, ...values]))
      .digest('hex');
    return { whole, kept: whole.slice(0, keptDigits) };
  }

  /** What holds; a file that says something else, by its age or by a clock that was set back, is made to say it. */
  async #current(name: string): Promise<Known | undefined> {
    const known = await this.#load(name);
    if (known === undefined || !known.isOutdated) return known;
    let entry = known.entry;
    await this.#inTurn(name, (it) => {
      entry = it;
      return it;
    });
    return { entry, isOutdated: false };
  }

  /** One change after the other; undefined removes the file. */
  #inTurn(name: string, change: (entry: Entry | undefined) => Entry | undefined): Promise<void> {
    return this.store.alone(async () => {
      const before = await this.#load(name);
      const after = change(before?.entry);
      if (after === undefined) {
        if (before !== undefined) await this.store.remove(name);
      } else if (after !== before?.entry || before.isOutdated) await this.#write(name, after);
    });
  }

  async #load(name: string): Promise<Known | undefined> {
    const entry = parse(await this.store.read(name));
    if (entry === undefined) return undefined;
    const now = this.clock.now();
    const last = Math.max(0, ...entry.refusals.map(({ at }) => at));
    if (now - last > kept) return { entry: undefined, isOutdated: true };
    if (last <= now) return { entry, isOutdated: false };
    // Somebody has set the clock back: nobody is to wait until the old time comes again.
    const refusals = entry.refusals.map((it) => ({ ...it, at: Math.min(it.at, now) }));
    return { entry: { ...entry, refusals }, isOutdated: true };
  }

  async #write(name: string, entry: Entry): Promise<void> {
    const bounded = { ...entry, refusals: entry.refusals.slice(-mostListed), files: entry.files.slice(-mostListed) };
    await this.store.write(name, `${JSON.stringify(bounded)}\n`);
  }

  /** Read each time: somebody may remove the folder beside a running agent, and all processes are to see the same marks. */
  async #salt(): Promise<string> {
    const known = await this.store.read(saltName);
    if (known) return known;
    return this.store.alone(async () => {
      const others = await this.store.read(saltName);
      if (others) return others;
      const salt = this.random.bytes(16).toString('hex');
      await this.store.write(saltName, salt);
      return salt;
    });
  }
}

/** Names of accounts hold whatever somebody typed. */
const nameOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 32);

/** A file that somebody has damaged says nothing. */
function parse(text: string | undefined): Entry | undefined {
  try {
    return text === undefined ? undefined : entrySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
