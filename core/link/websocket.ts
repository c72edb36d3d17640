/** The transport: one WebSocket over ws, with the token in a header and certificates verified unless the operator said otherwise. */
import { WebSocket } from 'ws';
import type { Clock, Secret } from '../contract/index.js';
import { maxFrameBytes, subprotocol } from '../wire/index.js';
import type { Channel } from './session.js';

export interface LinkEnd {
  /** WebSocket close code; 1006 when the link just broke or never came up. */
  readonly code: number;
  /** In words: the close reason, or the error of DNS, TCP, TLS or HTTP. */
  readonly reason: string;
  /** The fault is on this machine: no interface, no address, no name server. */
  readonly local: boolean;
}

export interface LinkEvents {
  opened(channel: Channel): void;
  received(text: string): void;
  drained(): void;
  ended(end: LinkEnd): void;
}

export interface LinkOptions {
  readonly url: URL;
  readonly token: Secret;
  readonly agent: string;
  /** False only under KSOCKET_INSECURE. */
  readonly verify: boolean;
  readonly clock: Clock;
}

/** Proxies and NAT cut links that are silent for half a minute (seed: none; measured defaults of common proxies are 30–60 s). */
const pingIntervalMs = 25_000;

const localFaults: ReadonlySet<string> = new Set(['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EAI_AGAIN']);

/** Opens the link; `ended` is called exactly once, whatever happens. Returns a function that breaks it off. */
export function openLink(options: LinkOptions, events: LinkEvents): () => void {
  const socket = new WebSocket(options.url, [subprotocol], {
    headers: { authorization: `Bearer ${options.token.reveal()}`, 'user-agent': options.agent },
    rejectUnauthorized: options.verify,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    followRedirects: false,
  });
  let reason = '';
  let local = false;
  let ended = false;
  let stopPing = (): void => {};
  const ping = (): void => {
    stopPing = options.clock.after(pingIntervalMs, () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
      ping();
    });
  };
  socket.on('open', () => {
    ping();
    events.opened({
      send: (text) => socket.send(text, () => events.drained()),
      get buffered() {
        return socket.bufferedAmount;
      },
      close: (code, why) => {
        socket.close(code, why);
        // A dead peer never answers the close; it gets a moment and no more.
        options.clock.after(1000, () => socket.terminate());
      },
    });
  });
  socket.on('message', (data, binary) => {
    if (binary) socket.close(1003, 'frames are text');
    else events.received(data.toString());
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    reason ||= error.message;
    local ||= localFaults.has(error.code ?? '');
  });
  socket.on('close', (code, text) => {
    if (ended) return;
    ended = true;
    stopPing();
    events.ended({ code, reason: text.toString() || reason, local });
  });
  return () => socket.terminate();
}
