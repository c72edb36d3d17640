/**
 * One session with one credential file: through the hops that the file names, each with files of its own, and under the eyes of the
 * lockout guard.
 */
import {
  type Address,
  asFailure,
  failure,
  type Logger,
  parseAddress,
  type Session,
  type Target,
} from '../contract/index.js';
import type { CredentialBook, CredentialFile, Watch } from '../credentials/index.js';
import type { ReadyCollector } from '../plugin-host/index.js';
import { FileOrder, PutOff } from './file-order.js';
import { type Opened, openSession } from './opening.js';
import { makeCall, type SocketParts, type Via } from './sockets.js';

/** What opens a session. */
export interface DoorParts extends SocketParts {
  readonly collectors: readonly ReadyCollector[];
  readonly books: ReadonlyMap<string, CredentialBook>;
  readonly log: Logger;
  /** What this scan knows of accounts. */
  readonly watch: Watch;
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

/** More hops than any company has; stops files that name each other. */
const maxHops = 8;

/** Those that match, in the order in which they are tried. */
export async function filesFor(parts: DoorParts, name: string, address: Address): Promise<readonly CredentialFile[]> {
  return parts.watch.order(parts.books.get(name)?.matching(address) ?? [], address);
}

/** The agent's own host, without a file. @throws Failure */
export async function openOwn(
  parts: DoorParts,
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
export async function openWith(
  parts: DoorParts,
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
  parts: DoorParts,
  { ready, target, file, canWait, via, place }: Knocking,
  signal: AbortSignal,
): Promise<Opened> {
  const login = parts.watch.login(ready.collector.name, file, target.address, canWait);
  try {
    const opened = await openSession(parts, signal, place, async (life, unhurried) => {
      await unhurried(() => login.opening(life));
      const beforeSecret = (host?: string) => unhurried(() => login.beforeSecret(life, host));
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
  parts: DoorParts,
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
  const order = new FileOrder(files);
  for (const file of order) {
    try {
      const canWait = order.canPutOff;
      const target = { address, own: false };
      const opened = await openSparing(parts, { ready, target, file, canWait, via, place: `hop ${address}` }, signal);
      if (opened.session.forward === undefined) {
        await opened.close();
        throw failure('E_UNSUPPORTED', `forward through ${address}`);
      }
      return enteredBy(ready, opened, file, [], (again) => openHop(parts, address, via, again));
    } catch (error) {
      if (error instanceof PutOff) order.putOff(file);
      else last = asFailure(error, `hop ${address}`);
    }
  }
  throw failure('E_TUNNEL', `hop ${address}: ${last.message}`, { cause: last, remedy: last.remedy });
}

/** Does a credential file say that this address is behind hops? Then its own silence proves nothing. */
export function isBehindHops({ collectors, books, policy }: DoorParts, address: Address): boolean {
  const field = collectors.find((c) => c.collector.tunnels !== undefined)?.collector.tunnels;
  if (field === undefined) return false;
  const names = (file: CredentialFile) => Array.isArray(file.fields[field]) && file.fields[field].length > 0;
  return collectors.some(
    ({ collector: { name } }) => policy.permitsCollector(name) && books.get(name)?.matching(address).some(names),
  );
}

/** The hops that a credential file names in the field that a collector says it carries; canonical. @throws Failure E_CREDENTIAL */
export function hopsOf(parts: DoorParts, file: CredentialFile): Address[] {
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
