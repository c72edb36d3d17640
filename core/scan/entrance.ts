/**
 * Logging in: which collectors and credential files are tried at an address, in which order, and what came of each. Gentle:
 * one attempt a file, none at all where a closed door was already seen.
 */
import type { Duplex } from 'node:stream';
import {
  type Address,
  asFailure,
  type Clock,
  type Failure,
  failure,
  type Logger,
  parseAddress,
  type Session,
  type Target,
} from '../contract/index.js';
import type { CredentialBook, CredentialFile } from '../credentials/index.js';
import type { ReadyCollector } from '../plugin-host/index.js';
import type { Policy } from '../policy/index.js';
import type { Outcome } from '../wire/index.js';
import { makeCall } from './sockets.js';

export interface EntranceParts {
  readonly collectors: readonly ReadyCollector[];
  readonly books: ReadonlyMap<string, CredentialBook>;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly log: Logger;
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

/** No single login may hold a scan longer, whatever the credential file says (its `timeout` is for one step). */
const openSeconds = 60;
/** More hops than any company has; stops files that name each other. */
const maxHops = 8;

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
  const files = parts.books.get(name)?.matching(target.address) ?? [];
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

async function tryFiles(
  parts: EntranceParts,
  ready: ReadyCollector,
  target: Target,
  files: readonly CredentialFile[],
  signal: AbortSignal,
): Promise<Attempt> {
  const name = ready.collector.name;
  const tried: NonNullable<Outcome['tried']> = [];
  const closedDoors = new Set<string>();
  let last: Failure | undefined;
  for (const file of files) {
    if (signal.aborted) break;
    const door = JSON.stringify([file.fields.port, hopsOf(parts, file)]);
    if (closedDoors.has(door)) continue;
    try {
      const entered = await openWith(parts, ready, target, file, signal);
      tried.push({ credential: file.name });
      parts.books.get(name)?.worked(target.address, file);
      return { entered, outcome: { collector: name, result: 'ok', tried } };
    } catch (error) {
      last = asFailure(error, `${name} at ${target.address}`);
      parts.log.info(
        `${file.name} does not open ${target.address}: ${last.message}`,
        last.code === 'E_PLUGIN' ? { cause: String(last.cause) } : {},
      );
      tried.push({ credential: file.name, code: last.code, reason: last.message.slice(0, 1024) });
      // A refused connection or a missing route does not depend on who knocks.
      if (last.code === 'E_REFUSED' || last.code === 'E_UNREACHABLE') closedDoors.add(door);
      if (last.code === 'E_HOST_KEY') break;
    }
  }
  const fault = last ?? failure('E_CANCELLED', `${name} at ${target.address}`);
  return { entered: undefined, outcome: { collector: name, result: 'failed', ...reasonOf(fault), tried } };
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
  const session = await limited(
    parts,
    signal,
    `${ready.collector.name} on this machine`,
    (inner) => ready.parts.openOwn!(target, makeCall(parts, { signal: inner, log: parts.log })),
    (late) => late.close(),
  );
  return enteredBy(parts, ready, session, undefined, [], (again) => openOwn(parts, ready, target, again));
}

/** Opens a session with one file, through the hops that it names. @throws Failure */
async function openWith(
  parts: EntranceParts,
  ready: ReadyCollector,
  target: Target,
  file: CredentialFile,
  signal: AbortSignal,
): Promise<Entered> {
  const hops: Entered[] = [];
  try {
    let via: ((address: Address, port: number) => Promise<Duplex>) | undefined;
    for (const hop of hopsOf(parts, file)) {
      const entered = await openHop(parts, hop, via, signal);
      hops.push(entered);
      via = (address, port) => entered.session.forward!(address, port);
    }
    const place = `${ready.collector.name} at ${target.address}`;
    const session = await limited(
      parts,
      signal,
      place,
      (inner) =>
        ready.parts.open(
          target,
          file.credential,
          makeCall(parts, { signal: inner, log: parts.log, directory: file.directory, via }),
        ),
      (session) => session.close(),
    );
    return enteredBy(parts, ready, session, file, hops, (again) => openWith(parts, ready, target, file, again));
  } catch (error) {
    for (const hop of hops.reverse()) await hop.close();
    throw error;
  }
}

/** One hop, with the credential files of its own address. @throws Failure E_TUNNEL with the hop's own failure as cause. */
async function openHop(
  parts: EntranceParts,
  address: Address,
  via: ((address: Address, port: number) => Promise<Duplex>) | undefined,
  signal: AbortSignal,
): Promise<Entered> {
  const ready = parts.collectors.find((c) => c.collector.tunnels !== undefined)!;
  const files = parts.books.get(ready.collector.name)?.matching(address) ?? [];
  let last: Failure = failure('E_NO_CREDENTIAL', `hop ${address}`);
  for (const file of files) {
    try {
      const session = await limited(
        parts,
        signal,
        `hop ${address}`,
        (inner) =>
          ready.parts.open(
            { address, own: false },
            file.credential,
            makeCall(parts, { signal: inner, log: parts.log, directory: file.directory, via }),
          ),
        (session) => session.close(),
      );
      if (session.forward === undefined) {
        await session.close();
        throw failure('E_UNSUPPORTED', `forward through ${address}`);
      }
      return enteredBy(parts, ready, session, file, [], (again) => openHop(parts, address, via, again));
    } catch (error) {
      last = asFailure(error, `hop ${address}`);
    }
  }
  throw failure('E_TUNNEL', `hop ${address}: ${last.message}`, { cause: last, remedy: last.remedy });
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
  parts: EntranceParts,
  ready: ReadyCollector,
  session: Session,
  file: CredentialFile | undefined,
  hops: readonly Entered[],
  again: Entered['again'],
): Entered {
  let open = true;
  return {
    ready,
    session,
    file,
    again,
    get open() {
      return open;
    },
    async close() {
      if (!open) return;
      open = false;
      try {
        await session.close();
      } catch (error) {
        parts.log.debug(`close of a session: ${asFailure(error, ready.collector.name).message}`);
      }
      for (const hop of [...hops].reverse()) await hop.close();
    },
  };
}

/**
 * Runs one part of a plug-in under a signal of its own that ends with the call's, or at the time limit. `late` gets a value
 * that arrives after that, to close it. @throws Failure
 */
export async function limited<T>(
  parts: { clock: Clock },
  signal: AbortSignal,
  place: string,
  work: (signal: AbortSignal) => Promise<T>,
  late: (value: T) => unknown = () => undefined,
  seconds = openSeconds,
): Promise<T> {
  const abort = new AbortController();
  const stop = () => abort.abort(failure('E_CANCELLED', place));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const takeBack = parts.clock.after(seconds * 1000, () => abort.abort(failure('E_TIMEOUT', place)));
  try {
    return await new Promise<T>((resolve, reject) => {
      abort.signal.addEventListener('abort', () => reject(abort.signal.reason), { once: true });
      if (abort.signal.aborted) return reject(abort.signal.reason);
      work(abort.signal).then(
        (value) => (abort.signal.aborted ? late(value) : resolve(value)),
        (error) => reject(abort.signal.aborted ? abort.signal.reason : asFailure(error, place)),
      );
    });
  } finally {
    takeBack();
    signal.removeEventListener('abort', stop);
  }
}

export function reasonOf(fault: Failure): { code: string; reason: string; remedy?: string } {
  return {
    code: fault.code,
    reason: fault.message.slice(0, 1024),
    ...(fault.remedy ? { remedy: fault.remedy.slice(0, 1024) } : {}),
  };
}
