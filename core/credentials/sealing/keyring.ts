/**
 * The keys with which secrets in credential files are encrypted: what systemd hands to the service, else a file beside the settings that
 * root can write and the service can read. The first key encrypts, all of them decrypt.
 */
import { hkdfSync } from 'node:crypto';
import { chmod, chown, link, lstat, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Clock, failure, type Random } from '../../contract/index.js';
import { withFileLock } from '../../journal/file-lock.js';
import { readIfThere, storing, syncPath, systemClock, writeAtomic } from '../../runtime/index.js';
import { checkMode, readers } from '../permissions.js';
import { StrictModes } from '../strict-modes.js';

export interface Key {
  /** Says with which key something was encrypted, and nothing about the key. */
  readonly id: string;
  readonly bytes: Buffer;
}

const keyBytes = 32;
const mode = 0o440;
const heading =
  '# Key of the secrets in credential files (ksocket encrypt). Without it they are lost: keep a copy, apart from theirs.';
const earlier = '# Earlier keys: they only decrypt. "ksocket encrypt --forget-old-keys" takes them away.';

export class Keyring {
  /**
   * @param files in this order; the last one is ours to make, those before it systemd hands over
   * @param isHeld who made this has the lock
   */
  constructor(
    private readonly files: readonly string[],
    private readonly clock: Pick<Clock, 'sleep' | 'monotonic'> = systemClock,
    private readonly isHeld = false,
  ) {}

  /**
   * Nobody else changes the keys meanwhile. From the key that is read to the file that is encrypted with it and is on the disk it must be
   * one such turn, and so must it be from the files that are searched for a key to the key that is forgotten: otherwise a file could
   * come to be encrypted with a key that is gone.
   * @param work gets the keys as who has the lock may change them; with this one it would wait for itself
   * @throws Failure E_STORAGE, E_PRIVILEGE
   */
  alone<T>(work: (held: Keyring) => Promise<T>): Promise<T> {
    if (this.isHeld) return work(this);
    const lock = join(dirname(this.file), `.${basename(this.file)}.lock`);
    return withFileLock(lock, this.clock, () => work(new Keyring(this.files, this.clock, true)));
  }

  /** Where a key is made when there is none. */
  get file(): string {
    return this.files.at(-1) ?? '';
  }

  /** Changes when a key comes or goes. */
  async mark(): Promise<string> {
    const marks = this.files.map(async (file) => {
      const it = await stat(file).catch(() => undefined);
      return `${it?.ctimeMs} ${it?.size} ${it?.ino}`;
    });
    return (await Promise.all(marks)).join('\n');
  }

  /** @throws Failure E_INPUT, E_CREDENTIAL for a file that is damaged or that others may read */
  async keys(): Promise<readonly Key[]> {
    return (await Promise.all(this.files.map((file) => this.#keysIn(file)))).flat();
  }

  /** The key that encrypts, made when there is none. @throws Failure E_STORAGE, E_PRIVILEGE */
  async first(random: Random): Promise<Key> {
    const [known] = await this.keys();
    if (known !== undefined) return known;
    return this.alone(async () => {
      await storing(`write ${this.file}`, () => makeOnce(this.file, textOf([random.bytes(keyBytes)])));
      // Somebody else may have made another one at the same moment.
      return (await this.keys())[0]!;
    });
  }

  /** Another key for what is encrypted from now on. @throws Failure E_INPUT where the keys are not ours to change */
  async renew(random: Random): Promise<Key> {
    for (const file of this.files.slice(0, -1)) {
      if ((await this.#keysIn(file)).length === 0) continue;
      throw failure('E_INPUT', `the key comes from ${file}, which this command cannot change`, {
        remedy: 'put a new key above the old one in the file that systemd-creds encrypts, then encrypt the files again',
      });
    }
    return this.alone(async () => {
      const bytes = random.bytes(keyBytes);
      const known = await this.#keysIn(this.file);
      await this.#write([bytes, ...known.map((it) => it.bytes)]);
      return keyOf(bytes);
    });
  }

  /** Earlier keys of the file that is ours. */
  async earlier(): Promise<readonly Key[]> {
    return (await this.#keysIn(this.file)).slice(1);
  }

  /** Lets go of earlier keys; a key that came meanwhile stays. @returns how many */
  async forget(ids: ReadonlySet<string>): Promise<number> {
    return this.alone(async () => {
      const known = await this.#keysIn(this.file);
      const kept = known.filter((it, i) => i === 0 || !ids.has(it.id));
      if (kept.length < known.length) await this.#write(kept.map((it) => it.bytes));
      return known.length - kept.length;
    });
  }

  #keysIn(file: string): Promise<Key[]> {
    return keysIn(file, file === this.file);
  }

  #write(keys: readonly Buffer[]): Promise<void> {
    return storing(`write ${this.file}`, () => writeAtomic(this.file, textOf(keys), mode));
  }
}

/** @param isOurs systemd lets the service read its files by an ACL, which looks like a mode for their group, root's */
async function keysIn(file: string, isOurs: boolean): Promise<Key[]> {
  const groups = isOurs ? await readers(dirname(file)) : undefined;
  const refused = groups && (await new StrictModes(groups).refusal(file));
  // A key that somebody has put there would encrypt what is written from now on.
  if (refused !== undefined) throw refused;
  const text = await readIfThere(file, undefined, (it) => checkMode(file, it, groups ?? new Set([it.gid])));
  if (text === undefined) return [];
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const keys = lines.map((line) => Buffer.from(line.trim(), 'base64url'));
  if (keys.length === 0 || keys.some(({ length }) => length !== keyBytes)) {
    throw failure('E_CREDENTIAL', `${file} is damaged: a line is no key of ${keyBytes * 8} bits`, {
      remedy: 'put its copy back; what was encrypted with it cannot be read without',
    });
  }
  return keys.map(keyOf);
}

const keyOf = (bytes: Buffer): Key => ({
  bytes,
  id: Buffer.from(hkdfSync('sha256', bytes, '', 'ksocket credential key id', 4)).toString('hex'),
});

function textOf(keys: readonly Buffer[]): string {
  const [first, ...others] = keys.map((it) => it.toString('base64url'));
  return `${[heading, first, ...(others.length === 0 ? [] : [earlier, ...others])].join('\n')}\n`;
}

/** Whole, or not at all; never over one that is there: what was encrypted with that would be lost. */
async function makeOnce(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  await rm(draft, { force: true });
  try {
    await writeFile(draft, text, { flag: 'wx', mode });
    await chmod(draft, mode);
    if (process.getuid?.() === 0) {
      const folder = await stat(dirname(file));
      await chown(draft, folder.uid, folder.gid);
    }
    await syncPath(draft);
    await link(draft, file).catch(async (error: unknown) => {
      if ((await lstat(file).catch(() => undefined)) === undefined) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  await syncPath(dirname(file));
}
