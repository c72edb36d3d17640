/**
 * Logging in: which collectors and credential files are tried at an address, in which order, and what came of each. Gentle:
 * one attempt a file, none at all where a closed door was already seen.
 */
import {
  type Address,
  asFailure,
  type Failure,
  failure,
  type Logger,
  parseAddress,
  type Session,
  type Target,
} from '../contract/index.js';
import type { CredentialBook, CredentialFile, Watch } from '../credentials/index.js';
import { cleanText } from '../inventory/index.js';
import type { ReadyCollector } from '../plugin-host/index.js';
import type { Outcome } from '../wire/index.js';
import { type Opened, openSession } from './opening.js';
import { makeCall, type SocketParts, type Via } from './sockets.js';

export interface EntranceParts extends SocketParts {
  readonly collectors: readonly ReadyCollector[];
  readonly books: ReadonlyMap<string, CredentialBook>;
  readonly log: Logger;
  /** What this scan knows of accounts. */
  readonly watch: Watch;
  /** Hears what came of each file as soon as it was tried; `fault` undefined: it gets in. */
  readonly tried?: (file: CredentialFile, fault: Failure | undefined) => void;
}

/** Somebody is in. */
export interface Entered {
  readonly ready: ReadyCollector;
  readonly session: Session;
  /** Undefined on the agent's own host. */
  readonly file: CredentialFile | undefined;
  readonly open: boolean;
  /** Ends the session and the hops below it; never throws. */
  close(): Promise<void>;
  /** The same door again, for a session that was closed to make room. @throws Failure */
  again(signal: AbortSignal): Promise<Entered>;
}

export interface Attempt {
  readonly entered: Entered | undefined;
  /** What to report when nothing more comes of it. */
  readonly outcome: Outcome;
}

/** More hops than any company has; stops files that name each other. */
const maxHops = 8;

/** Nothing was sent: another file is to be tried before this one. */
class PutOff extends Error {}

/** Files in their order; one that is put off comes again at the end, once. */
class Turns implements Iterable<CredentialFile> {
  readonly #left: CredentialFile[];
  readonly #late = new Set<CredentialFile>();
  #current: CredentialFile | undefined;

  constructor(files: readonly CredentialFile[]) {
    this.#left = [...files];
  }

  *[Symbol.iterator](): Generator<CredentialFile> {
    for (let file = this.#left.shift(); file !== undefined; file = this.#left.shift()) {
      this.#current = file;
      yield file;
    }
  }

  get canPutOff(): boolean {
    return this.#left.length > 0 && this.#current !== undefined && !this.#late.has(this.#current);
  }

  putOff(file: CredentialFile): void {
    this.#late.add(file);
    this.#left.push(file);
  }
}

/** Tries one collector at one address. Never throws. */
export async function enter(
  parts: EntranceParts,
  ready: ReadyCollector,
  target: Target,
  signal: AbortSignal,
): Promise<Attempt> {
  const name = ready.collector.name;
  const skipped = (fault: Failure): Attempt => ({
    entered: undefined,
    outcome: { collector: name, result: 'skipped', ...reasonOf(fault) },
  });
  if (!parts.policy.permitsCollector(name))
    return skipped(failure('E_POLICY', `collector ${name}: policy.toml does not list it`));
  if (target.own && ready.parts.openOwn !== undefined) return enterOwn(parts, ready, target, signal);
  const files = await filesFor(parts, name, target.address);
  if (files.length === 0) {
    parts.log.warn(`no credential file matches ${target.address} for ${name}`);
    return skipped(
      failure('E_NO_CREDENTIAL', `${name} at ${target.address}`, {
        remedy: `add a file to credentials/${name} whose includes cover ${target.address}`,
      }),
    );
  }
  parts.log.info(`credential files for ${target.address} by ${name}`, { files: files.map((f) => f.name).join(', ') });
  return tryFiles(parts, ready, target, files, signal);
}

/** Those that match, in the order in which they are tried. */
async function filesFor(parts: EntranceParts, name: string, address: Address): Promise<readonly CredentialFile[]> {
  return parts.watch.order(parts.books.get(name)?.matching(address) ?? [], address);
}

async function tryFiles(
  parts: EntranceParts,
  ready: ReadyCollector,
  target: Target,
  files: readonly CredentialFile[],
  signal: AbortSignal,
): Promise<Attempt> {
  const name = ready.collector.name;
  const matched = files.map((file) => file.name.slice(0, 512)).slice(0, 1000);
  const tried: NonNullable<Outcome['tried']> = [];
  const closedDoors = new Set<string>();
  let last: Failure | undefined;
  const turns = new Turns(files);
  for (const file of turns) {
    if (signal.aborted) break;
    let door = '';
    try {
      door = JSON.stringify([file.fields.port, hopsOf(parts, file)]);
      if (closedDoors.has(door)) continue;
      const entered = await openWith(parts, ready, target, { file, canWait: turns.canPutOff }, signal);
      tried.push({ credential: file.name });
      parts.books.get(name)?.worked(target.address, file);
      parts.tried?.(file, undefined);
      return { entered, outcome: { collector: name, result: 'ok', matched, tried } };
    } catch (error) {
      if (error instanceof PutOff) {
        turns.putOff(file);
        continue;
      }
      last = asFailure(error, `${name} at ${target.address}`);
      parts.log.info(
        `${file.name} does not open ${target.address}: ${last.message}`,
        last.code === 'E_PLUGIN' ? { cause: String(last.cause) } : {},
      );
      tried.push({ credential: file.name, code: last.code, reason: reasonOf(last).reason });
      parts.tried?.(file, last);
      // A refused connection or a missing route does not depend on who knocks.
      if (last.code === 'E_REFUSED' || last.code === 'E_UNREACHABLE') closedDoors.add(door);
      if (last.code === 'E_HOST_KEY') break;
    }
  }
  const fault = last ?? failure('E_CANCELLED', `${name} at ${target.address}`);
  return { entered: undefined, outcome: { collector: name, result: 'failed', ...reasonOf(fault), matched, tried } };
}

async function enterOwn(
  parts: EntranceParts,
  ready: ReadyCollector,
  target: Target,
  signal: AbortSignal,
): Promise<Attempt> {
  const collector = ready.collector.name;
  try {
    return { entered: await openOwn(parts, ready, target, signal), outcome: { collector, result: 'ok' } };
  } catch (error) {
    const fault = asFailure(error, `${collector} on this machine`);
    return { entered: undefined, outcome: { collector, result: 'failed', ...reasonOf(fault) } };
  }
}

async function openOwn(
  parts: EntranceParts,
  ready: ReadyCollector,
  target: Target,
  signal: AbortSignal,
): Promise<Entered> {
  const opened = await openSession(parts, signal, `${ready.collector.name} on this machine`, (life) =>
    ready.parts.openOwn!(target, makeCall(parts, { signal: life, log: parts.log })),
  );
  return enteredBy(ready, opened, undefined, [], (again) => openOwn(parts, ready, target, again));
}

/** Opens a session with one file, through the hops that it names. @throws Failure */
async function openWith(
  parts: EntranceParts,
  ready: ReadyCollector,
  target: Target,
  turn: { readonly file: CredentialFile; readonly canWait: boolean },
  signal: AbortSignal,
): Promise<Entered> {
  const { file, canWait } = turn;
  const hops: Entered[] = [];
  try {
    let via: Via | undefined;
    for (const hop of hopsOf(parts, file)) {
      const entered = await openHop(parts, hop, via, signal);
      hops.push(entered);
      via = {
        hops: [...(via?.hops ?? []), hop],
        connect: (address, port) => entered.session.forward!(address, port),
      };
    }
    const place = `${ready.collector.name} at ${target.address}`;
    const opened = await openSparing(parts, { ready, target, file, canWait, via, place }, signal);
    return enteredBy(ready, opened, file, hops, (again) =>
      openWith(parts, ready, target, { file, canWait: false }, again),
    );
  } catch (error) {
    for (const hop of hops.reverse()) await hop.close();
    throw error;
  }
}

/** What a login is made of. */
interface Knocking {
  readonly ready: ReadyCollector;
  readonly target: Target;
  readonly file: CredentialFile;
  /** Other files are left: one whose secret was refused elsewhere meanwhile may be put off. */
  readonly canWait: boolean;
  readonly via: Via | undefined;
  readonly place: string;
}

/** Opens a session under the eyes of the lockout guard. @throws Failure, PutOff where `canWait` allows it */
async function openSparing(
  parts: EntranceParts,
  { ready, target, file, canWait, via, place }: Knocking,
  signal: AbortSignal,
): Promise<Opened> {
  const login = parts.watch.login(ready.collector.name, file, target.address, canWait);
  try {
    const opened = await openSession(parts, signal, place, async (life, unhurried) => {
      await unhurried(() => login.opening(life));
      const beforeSecret = () => unhurried(() => login.beforeSecret(life));
      const about = { signal: life, log: parts.log, directory: file.directory, via, beforeSecret };
      return ready.parts.open(target, file.credential, makeCall(parts, about));
    });
    await login.ended(undefined);
    return opened;
  } catch (error) {
    const fault = asFailure(error, place);
    await login.ended(fault);
    throw login.isPutOff ? new PutOff() : fault;
  }
}

/** One hop, with the credential files of its own address. @throws Failure E_TUNNEL with the hop's own failure as cause. */
async function openHop(
  parts: EntranceParts,
  address: Address,
  via: Via | undefined,
  signal: AbortSignal,
): Promise<Entered> {
  const ready = parts.collectors.find((c) => c.collector.tunnels !== undefined)!;
  const { name } = ready.collector;
  const permitted = parts.policy.permitsCollector(name);
  const files = permitted ? await filesFor(parts, name, address) : [];
  let last = permitted
    ? failure('E_NO_CREDENTIAL', `hop ${address}`)
    : failure('E_POLICY', `collector ${name}: policy.toml does not list it`);
  const turns = new Turns(files);
  for (const file of turns) {
    try {
      const canWait = turns.canPutOff;
      const target = { address, own: false };
      const opened = await openSparing(parts, { ready, target, file, canWait, via, place: `hop ${address}` }, signal);
      if (opened.session.forward === undefined) {
        await opened.close();
        throw failure('E_UNSUPPORTED', `forward through ${address}`);
      }
      return enteredBy(ready, opened, file, [], (again) => openHop(parts, address, via, again));
    } catch (error) {
      if (error instanceof PutOff) turns.putOff(file);
      else last = asFailure(error, `hop ${address}`);
    }
  }
  throw failure('E_TUNNEL', `hop ${address}: ${last.message}`, { cause: last, remedy: last.remedy });
}

/** Does a credential file say that this address is behind hops? Then its own silence proves nothing. */
export function isBehindHops({ collectors, books, policy }: EntranceParts, address: Address): boolean {
  const field = collectors.find((c) => c.collector.tunnels !== undefined)?.collector.tunnels;
  if (field === undefined) return false;
  const names = (file: CredentialFile) => Array.isArray(file.fields[field]) && file.fields[field].length > 0;
  return collectors.some(
    ({ collector: { name } }) => policy.permitsCollector(name) && books.get(name)?.matching(address).some(names),
  );
}

/** The hops that a credential file names in the field that a collector says it carries; canonical. @throws Failure E_CREDENTIAL */
function hopsOf(parts: EntranceParts, file: CredentialFile): Address[] {
  const field = parts.collectors.find((c) => c.collector.tunnels !== undefined)?.collector.tunnels;
  const value = field === undefined ? undefined : file.fields[field];
  if (!Array.isArray(value)) return [];
  if (value.length > maxHops) throw failure('E_CREDENTIAL', `${file.name}: ${field} has more than ${maxHops} hops`);
  return value.map((hop) => parseAddress(String(hop)));
}

function enteredBy(
  ready: ReadyCollector,
  opened: Opened,
  file: CredentialFile | undefined,
  hops: readonly Entered[],
  again: Entered['again'],
): Entered {
  let open = true;
  return {
    ready,
    session: opened.session,
    file,
    again,
    get open() {
      return open;
    },
    async close() {
      if (!open) return;
      open = false;
      await opened.close();
      for (const hop of [...hops].reverse()) await hop.close();
    },
  };
}

export function reasonOf(fault: Failure): { code: string; reason: string; remedy?: string } {
  return {
    code: fault.code,
    reason: cleanText(fault.message).slice(0, 1024),
    ...(fault.remedy ? { remedy: cleanText(fault.remedy).slice(0, 1024) } : {}),
  };
}
