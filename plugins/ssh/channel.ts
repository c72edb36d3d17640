/**
 * Opening one channel of a connection (RFC 4254, 5.1), whatever is to run in it: it is open in time, or there is a failure that says
 * whether the host refused it or is gone. What comes through it is what was asked for; the rest of the connection is measured by that.
 */
import { type Clock, type Failure, failure } from 'ksocket/plugin';
import type { ClientChannel } from 'ssh2';
import type { Login } from './connection.js';
import { within } from './limit.js';

/** A host under load forks for seconds. */
const openMs = 15_000;

/** RFC 4254, 5.2, permits none; who miscounts by less than a whole window of ssh2 does no harm. */
const overdrawnBytes = 2 * 1024 * 1024;
const silent = 'the host has let somebody in and says nothing since then: look at its load and its disks';

export interface OpeningParts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Verb and place, for failures. */
  readonly place: string;
  readonly ms?: number;
  /** What the host’s refusal means; E_UNSUPPORTED where nothing else is said. */
  refused?(error: Error): Failure;
}

export type Opened = (error: Error | undefined, channel: ClientChannel) => void;

/** @throws Failure E_TIMEOUT, E_PROTOCOL, E_CANCELLED, E_RESET and what else ended the connection, and that of `refused` */
export function openChannel(
  login: Login,
  { clock, signal, place, ms = openMs, refused }: OpeningParts,
  ask: (opened: Opened) => void,
): Promise<ClientChannel> {
  const opening = new Promise<ClientChannel>((resolve, reject) => {
    const opened: Opened = (error, channel) => {
      // ssh2 tells a lost connection as a refusal too; what it was lost by comes next.
      if (error && !login.isOpen()) return;
      if (error) return reject(refused?.(error) ?? failure('E_UNSUPPORTED', place, { cause: error }));
      // ssh2 would cut what is sent into pieces of no size, for ever.
      if (!takesPackets(channel)) {
        close(channel);
        return reject(failure('E_PROTOCOL', `${place}: the host takes packets of no size`));
      }
      count(channel, login, place);
      resolve(channel);
    };
    login.ended.then(reject);
    try {
      ask(opened);
    } catch (cause) {
      if (login.isOpen()) reject(failure('E_RESET', place, { cause }));
    }
  });
  return within({ clock, signal, ms, place, remedy: silent }, opening, close);
}

/** RFC 4254, 5.1: "maximum packet size" of the host’s confirmation. */
function takesPackets({ outgoing }: ClientChannel): boolean {
  const { packetSize } = outgoing as { readonly packetSize?: unknown };
  return typeof packetSize === 'number' && packetSize > 0;
}

/**
 * At the place where ssh2 hands over what has come, so that no reader is disturbed. The error stream is not counted: nobody reads it.
 * ssh2 lets the window sink below zero, and keeps what comes until somebody reads it.
 */
function count(channel: ClientChannel, login: Login, place: string): void {
  const push = channel.push.bind(channel);
  const incoming = channel.incoming as { readonly window: number };
  channel.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk !== null) login.delivered(chunk.length);
    if (incoming.window < -overdrawnBytes)
      login.giveUp(failure('E_LIMIT', `${place}: the host sends more than it was given room for`));
    return push(chunk, encoding);
  };
}

/** Whatever state it is in. */
export function close(channel: ClientChannel): void {
  if (channel.destroyed) return;
  try {
    channel.close();
  } catch {
    channel.destroy();
  }
}
