/**
 * A world for the lockout guard: many scans of many hosts with files that are right and wrong, under virtual time, killed and started again at any moment. The
 * hosts judge, so what they count is what happened.
 */
import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { seededRandom, testLogger, VirtualClock } from '../../../../test/kit/index.js';
import { AddressSet, type Failure, failure, Secret } from '../../../contract/index.js';
import type { CredentialFile } from '../../file.js';
import { LockoutGuard, type Watch } from '../index.js';
import { Ledger, type LedgerStore } from '../ledger.js';

const hour = 60 * 60_000;

/** A login has a minute (core/scan/limits.ts). */
const openMs = 60_000;

/** Hosts that a scan enters at once. */
export const workers = 6;

/** `hangs` holds a login as long as a scan lets it. */
type Kind = 'usual' | 'by key' | 'closed' | 'silent' | 'hangs after the secret' | 'hangs';
const kinds: readonly Kind[] = [
  'usual',
  'usual',
  'usual',
  'usual',
  'by key',
  'closed',
  'silent',
  'hangs after the secret',
];

class Process {
  /** Killed: nothing that it does happens any more. */
  isDead = false;
  /** Asked to end when its scans are through. */
  isStopping = false;
  readonly abort = new AbortController();

  constructor() {
    setMaxListeners(0, this.abort.signal);
  }
}

/** Who has the kernel's lock of the ledger. */
interface Lock {
  holder: Process | undefined;
}

/** What is on the disk outlives a process; a process that is dead writes nothing any more, and holds no lock. */
const storeOf = (
  { disk, lock, clock, random }: { disk: Map<string, string>; lock: Lock; clock: VirtualClock; random: () => number },
  owner: Process,
): LedgerStore => {
  const alive = async <T>(work: () => T): Promise<T> => {
    await clock.sleep(Math.floor(random() * 20));
    if (owner.isDead) return new Promise<never>(() => undefined);
    return work();
  };
  return {
    read: (name) => alive(() => disk.get(name)),
    write: (name, text) => alive(() => void disk.set(name, text)),
    async alone(work) {
      while (lock.holder !== undefined && !lock.holder.isDead) await clock.sleep(3);
      if (owner.isDead) return new Promise<never>(() => undefined);
      lock.holder = owner;
      try {
        return await work();
      } finally {
        if (lock.holder === owner) lock.holder = undefined;
      }
    },
    remove: (name) => alive(() => void disk.delete(name)),
    names: () => alive(() => [...disk.keys()]),
  };
};

export class World {
  readonly clock = new VirtualClock();
  readonly random;
  readonly disk = new Map<string, string>();
  readonly lock: Lock = { holder: undefined };
  /** Right passwords of accounts in a domain; of plain ones by host. */
  readonly right = new Map<string, string>();
  readonly refusals = new Map<string, number[]>();
  worst = 0;
  sent = 0;
  readonly files: CredentialFile[] = [];
  /** Some devices have several addresses. */
  readonly hosts: { address: string; kind: Kind; readonly device: string }[] = [];
  /** How many more than two may come, and since when. */
  readonly excused: { account: string; at: number; count: number }[] = [];

  constructor(seed: number) {
    this.random = seededRandom(seed).next;
    for (let i = 1; i <= 24; i++)
      this.hosts.push({
        address: `10.0.0.${i}`,
        kind: this.pick(kinds),
        device: `key ${i <= 8 ? 1 : i <= 12 ? 2 : i}`,
      });
    const names = ['CORP\\one', 'two@corp.example', 'plain', 'shared'];
    for (const account of names) this.right.set(account, 'right');
    for (let i = 0; i < 5; i++) {
      const username = this.pick(names);
      this.files.push(this.file(i, username, this.random() < 0.4 ? 'right' : `wrong ${i}`));
    }
  }

  file(i: number, username: string, password: string): CredentialFile {
    const ranges = new AddressSet([]);
    return {
      name: `ssh/${i}.toml`,
      directory: '/',
      includes: ranges,
      excludes: ranges,
      accountScope: username === 'shared' ? 'domain' : 'host',
      credential: { account: { username, password: new Secret(password) } },
      fields: { username, password },
    };
  }

  pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.random() * of.length)]!;
  }

  /** The host, or the domain behind it, judges a password. */
  judge(file: CredentialFile, device: string): boolean {
    const { username, password } = file.fields as { username: string; password: string };
    const account = username === 'plain' ? `plain at ${device}` : username;
    this.sent += 1;
    if (password === this.right.get(username)) {
      this.refusals.delete(account);
      return true;
    }
    const now = this.clock.now();
    const recent = [...(this.refusals.get(account) ?? []), now].filter((at) => now - at < hour);
    this.refusals.set(account, recent);
    const excuse = this.excused
      .filter((it) => it.account === username && now - it.at < hour)
      .reduce((sum, it) => sum + it.count, 0);
    this.worst = Math.max(this.worst, recent.length - excuse);
    return false;
  }

  /** One login with one file. */
  async logIn(
    owner: Process,
    watch: Watch,
    file: CredentialFile,
    { address, kind, device }: World['hosts'][number],
    canWait: boolean,
  ): Promise<'in' | 'out' | 'put off'> {
    const { clock } = this;
    const login = watch.login('ssh', file, address, canWait);
    const latency = () => clock.sleep(10 + Math.floor(this.random() * 900), owner.abort.signal);
    try {
      await login.opening(owner.abort.signal);
      await latency();
      if (kind === 'closed') throw failure('E_REFUSED', address);
      if (kind === 'silent') {
        await clock.sleep(5000, owner.abort.signal);
        throw failure('E_TIMEOUT', address);
      }
      if (kind !== 'by key') {
        await login.beforeSecret(owner.abort.signal, device);
        if (owner.isDead) return 'out';
        // What has left arrives, whatever becomes of the process.
        await clock.sleep(10 + Math.floor(this.random() * 900));
        const isRight = this.judge(file, device);
        if (kind === 'hangs') await clock.sleep(openMs);
        if (kind === 'hangs' || kind === 'hangs after the secret') throw failure('E_TIMEOUT', address);
        if (!isRight) throw failure('E_LOGIN', address);
        await latency();
      }
    } catch (error) {
      if (!owner.isDead) await login.ended(error as Failure);
      return login.isPutOff ? 'put off' : 'out';
    }
    if (owner.isDead) return 'out';
    await login.ended(undefined);
    return 'in';
  }

  guardOf(owner: Process): LockoutGuard {
    const random = seededRandom(Math.floor(this.random() * 2 ** 31));
    const ledger = new Ledger(storeOf({ ...this, random: random.next }, owner), this.clock, random);
    return new LockoutGuard({ ledger, clock: this.clock, random, log: testLogger() });
  }

  /** One scan of all hosts. @returns those that were entered */
  async scan(owner: Process, guard: LockoutGuard): Promise<Set<string>> {
    const watch = guard.watch();
    const queue = [...this.hosts].sort(() => this.random() - 0.5);
    const files = [...this.files];
    const entered = new Set<string>();
    const worker = async () => {
      for (let host = queue.pop(); host !== undefined && !owner.isDead; host = queue.pop()) {
        const turns = [...(await watch.order(files, host.address))];
        const late = new Set<CredentialFile>();
        for (let file = turns.shift(); file !== undefined && !owner.isDead; file = turns.shift()) {
          const came = await this.logIn(owner, watch, file, host, turns.length > 0 && !late.has(file));
          if (came === 'in') entered.add(host.address);
          if (came === 'in') break;
          if (came === 'put off') turns.push(file);
          late.add(file);
        }
      }
    };
    await Promise.all(Array.from({ length: workers }, worker));
    return entered;
  }

  /** A process that scans again and again until somebody stops it. */
  async live(owner: Process): Promise<void> {
    const guard = this.guardOf(owner);
    const scan = () => this.scan(owner, guard);
    while (!owner.isDead && !owner.isStopping) {
      await Promise.all(this.random() < 0.3 ? [scan(), scan()] : [scan()]);
      await this.clock.sleep(Math.floor(this.random() * 20 * 60_000));
    }
  }
}

export interface ScanOfOne {
  readonly entered: ReadonlySet<string>;
  /** Virtual. */
  readonly seconds: number;
  /** Secrets that were sent. */
  readonly sent: number;
}

/** One scan with one file, of hosts of these kinds. */
export async function scanOnce(world: World, kindOf: (host: number) => Kind, file: CredentialFile): Promise<ScanOfOne> {
  for (const [i, host] of world.hosts.entries()) host.kind = kindOf(i);
  world.files.splice(0, world.files.length, file);
  const owner = new Process();
  const [began, sent] = [world.clock.monotonic(), world.sent];
  let entered: ReadonlySet<string> | undefined;
  let seconds = 0;
  void world.scan(owner, world.guardOf(owner)).then((them) => {
    entered = them;
    seconds = (world.clock.monotonic() - began) / 1000;
  });
  await world.clock.advance(hour);
  assert.ok(entered !== undefined, 'the scan takes longer than an hour');
  return { entered, seconds, sent: world.sent - sent };
}

/** @param upset happens every few minutes. @returns a world in which everything has come to its end */
export async function simulate(seed: number, upset: (world: World) => void): Promise<World> {
  const world = new World(seed);
  const lives = 5;
  for (let life = 1; life <= lives; life++) {
    const owner = new Process();
    let hasEnded = false;
    void world.live(owner).then(() => {
      hasEnded = true;
    });
    for (let minutes = 5 + world.random() * 90; minutes > 0; minutes -= 5) {
      await world.clock.advance(Math.ceil(5 * 60_000 * world.random()));
      upset(world);
    }
    if (life < lives) {
      owner.isDead = true;
      owner.abort.abort(failure('E_CANCELLED', 'killed'));
      await world.clock.advance(Math.floor(world.random() * 60_000));
    } else {
      owner.isStopping = true;
      await world.clock.advance(2 * hour);
      assert.ok(hasEnded, `seed ${seed}: somebody waits for ever`);
    }
  }
  return world;
}
