/**
 * Who may decide which credential file is read. Whoever may write to a folder on the way to it can put a file in front, swap one, or have
 * the agent log in through a hop of their own. So, as OpenSSH does with StrictModes (safe_path in its misc.c), no folder in which a
 * name of the way is looked up, up to the root and through links, may be open to others:
 *
 * - its owner is whoever root gave it to, or who made it in a folder of theirs, and is believed; who that is `ksocket diagnostics config` says;
 * - its group may write if it is the service's, or has nobody in it but root, us and the owner (a user's private group, umask 002);
 * - everybody may write where the sticky bit keeps them from what is not theirs (/tmp), if the next name is root's or ours. In the folder
 *   that is searched the bit does not help: a file more is enough.
 *
 * POSIX ACLs are not looked at: they name whom somebody chose. On Windows nothing is looked at.
 */
import type { Stats } from 'node:fs';
import { access, constants, lstat, readlink, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type Failure, failure } from '../contract/index.js';
import { type Accounts, localAccounts } from './accounts.js';
import { wordOf } from './permissions.js';

/** As many as the kernel follows (path_resolution(7)). */
const maxLinks = 40;

/** A name on the way, and the folder in which it is looked up. */
interface Lookup {
  readonly folder: string;
  readonly entry: string;
  readonly it: Stats;
}

/** What was found once holds for as long as this lives: one reading. */
export class StrictModes {
  readonly #states = new Map<string, Promise<Stats | undefined>>();
  #accounts: Promise<Accounts> | undefined;

  /** @param groups that may write, as `readers` finds them */
  constructor(
    private readonly groups: ReadonlySet<number>,
    private readonly accountsHere: () => Promise<Accounts> = localAccounts,
  ) {}

  /** @param isSearched the folder at the end of the path is gone through for files. @returns why the path cannot be relied on */
  async refusal(path: string, { isSearched = false } = {}): Promise<Failure | undefined> {
    if (process.platform === 'win32') return undefined;
    let end = '/';
    for await (const { folder, entry, it } of this.#lookups(path)) {
      const refused = await this.#judge(folder, it, entry);
      if (refused !== undefined) return refused;
      end = entry;
    }
    return isSearched ? this.#judge(end) : undefined;
  }

  /** Folders on the way, the last one included, that belong neither to root nor to us. */
  async owners(path: string): Promise<{ readonly path: string; readonly uid: number }[]> {
    const found = new Map<string, number>();
    if (process.platform === 'win32') return [];
    for await (const { entry, it } of this.#lookups(path))
      if (it.isDirectory() && !isTrusted(it.uid)) found.set(entry, it.uid);
    return [...found].map(([at, uid]) => ({ path: at, uid }));
  }

  /** As the kernel goes (path_resolution(7)). What is missing, or may not be entered, ends it: whoever opens the path says so. */
  async *#lookups(path: string): AsyncGenerator<Lookup> {
    const left = namesOf(resolve(path));
    let at = '/';
    for (let links = 0; left.length > 0; ) {
      const name = left.shift()!;
      if (name === '..') at = dirname(at);
      if (name === '.' || name === '..') continue;
      const entry = join(at, name);
      const it = await this.#stateOf(entry, lstat);
      if (it === undefined) return;
      yield { folder: at, entry, it };
      if (!it.isSymbolicLink()) {
        at = entry;
        continue;
      }
      links += 1;
      const to = await readlink(entry).catch(() => undefined);
      if (to === undefined || links > maxLinks) return;
      if (isAbsolute(to)) at = '/';
      left.unshift(...namesOf(to));
    }
  }

  /** @param it the state of an entry that is looked up there, where only that one matters */
  async #judge(folder: string, it?: Stats, entry = folder): Promise<Failure | undefined> {
    const there = await this.#stateOf(folder, stat);
    if (there === undefined || !there.isDirectory()) return undefined;
    const isOpen = (there.mode & 0o002) !== 0;
    const isShared = (there.mode & 0o020) !== 0 && !(await this.#isPrivate(there));
    if (!(isOpen || isShared) || (await isReadOnly(folder))) return undefined;
    const who = isOpen ? 'every user of this machine' : `group ${there.gid}, in which others may be than the service`;
    const mode = `mode ${(there.mode & 0o7777).toString(8)}`;
    if (it !== undefined && (there.mode & 0o1000) !== 0) {
      if (isTrusted(it.uid)) return undefined;
      return failure(
        'E_CREDENTIAL',
        `${entry} belongs to user ${it.uid}, in a folder that is open to ${who} (${mode})`,
        {
          remedy: `if what is in it is yours: chown -h root ${wordOf(entry)}`,
        },
      );
    }
    return failure('E_CREDENTIAL', `${folder} may be written to by ${who} (${mode})`, {
      remedy: `chmod ${isShared ? 'g' : ''}${isOpen ? 'o' : ''}-w ${wordOf(folder)}`,
    });
  }

  /** Does the right of its group add nobody to those who may write anyway? */
  async #isPrivate({ uid, gid }: Stats): Promise<boolean> {
    // Some systems have accounts in it under which nobody logs in (operator, sync).
    if (gid === 0) return true;
    this.#accounts ??= this.accountsHere();
    const accounts = await this.#accounts;
    const isKnown = (it: number): boolean => it === uid || isTrusted(it);
    // A group in which all users are (`users`) is the service's, too, where it is run by one of them.
    if (!accounts.ofGroup(gid).every(isKnown)) return false;
    return this.groups.has(gid) || (accounts.addedTo(gid)?.every(isKnown) ?? false);
  }

  #stateOf(path: string, look: (path: string) => Promise<Stats>): Promise<Stats | undefined> {
    const key = `${look.name} ${path}`;
    const known = this.#states.get(key) ?? look(path).catch(() => undefined);
    this.#states.set(key, known);
    return known;
  }
}

const namesOf = (path: string): string[] => path.split('/').filter((it) => it !== '');

const isTrusted = (uid: number): boolean => uid === 0 || uid === process.geteuid?.();

/** Volumes of Kubernetes have mode 1777, and nobody can write to them. */
const isReadOnly = (folder: string): Promise<boolean> =>
  access(folder, constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EROFS',
  );
