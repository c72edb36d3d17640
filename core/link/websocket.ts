/** The transport: one WebSocket over ws, with the token in a header that only a verified peer sees, unless the operator said otherwise. */
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import type * as ws from 'ws';
import { type Clock, type Secret, sentenceOf } from '../contract/index.js';
import { maxFrameBytes, subprotocol } from '../wire/index.js';
import { dial, type Reached, type Route } from './dial.js';
import { LinkFault } from './fault.js';
import type { Channel } from './session.js';
import { handshakeFault, upgradeFault } from './upgrade-fault.js';

/** By require, which takes half of the time that an import of CommonJS takes (Node 20). */
const { WebSocket } = createRequire(import.meta.url)('ws') as typeof ws;

export interface LinkEnd {
  /** WebSocket close code; 1006 when the link just broke or never came up. */
  readonly code: number;
  /** In words: the close reason, or what DNS, TCP, TLS, a proxy or HTTP stumbled over and what to do about it. */
  readonly reason: string;
  /** The fault is on this machine: no interface, no address, no name server. */
  readonly local: boolean;
  /** Somebody on the way said no: HTTP 401 or 403, or a proxy that wants another login. */
  readonly refused?: boolean;
  /** Where the upgrade was answered with something else: the status of HTTP. */
  readonly status?: number | undefined;
}

export interface LinkEvents {
  /** A stage on the way to `opened`. */
  reached?(stage: Reached): void;
  opened(channel: Channel): void;
  received(text: string): void;
  drained(): void;
  ended(end: LinkEnd): void;
}

export interface LinkOptions extends Route {
  readonly url: URL;
  /** Without one only a probe comes, which ends before a session begins. */
  readonly token: Secret | undefined;
  readonly agent: string;
  readonly clock: Clock;
}

/** Proxies and NAT cut links that are silent for half a minute (seed: none; measured defaults of common proxies are 30–60 s). */
const pingIntervalMs = 25_000;

const localFaults: ReadonlySet<string> = new Set(['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL']);

/** Opens the link; `ended` is called exactly once, whatever happens. Returns a function that breaks it off. */
export function openLink(options: LinkOptions, events: LinkEvents): () => void {
  const attempt = new AbortController();
  let socket: ws.WebSocket | undefined;
  let waitingFor = '';
  let opened = false;
  let over = false;
  const ended = (end: LinkEnd): void => {
    if (over) return;
    over = true;
    // Whoever lost patience learns what it was waiting for, not how the attempt came apart.
    events.ended(attempt.signal.aborted && !opened ? { code: 1006, reason: waitingFor, local: false } : end);
  };
  const failed = (fault: unknown): void => {
    const { reason, local, refused } = fault instanceof LinkFault ? fault : new LinkFault(sentenceOf(fault));
    ended({ code: 1006, reason, local, refused });
  };
  const open = (stream: Duplex): void => {
    if (attempt.signal.aborted) {
      stream.destroy();
      return failed(undefined);
    }
    try {
      socket = upgrade(stream, options, {
        ...events,
        ended,
        opened: (channel) => {
          opened = true;
          events.opened(channel);
        },
      });
    } catch (error) {
      // An end point that ws does not take, such as one with a fragment.
      stream.destroy();
      failed(error);
    }
  };
  dial(options.url, options, attempt.signal, {
    waiting: (reason) => {
      waitingFor = reason;
    },
    reached: (stage) => events.reached?.(stage),
  }).then(open, failed);
  return () => {
    // First the WebSocket: an aborted stream below it would be an error of the network.
    socket?.terminate();
    attempt.abort();
    // Whatever a stage still waits for, a name server or a module: nobody else has to.
    if (socket === undefined) process.nextTick(failed, undefined);
  };
}

/** The WebSocket over a stream that stands. */
function upgrade(stream: Duplex, options: LinkOptions, events: LinkEvents): ws.WebSocket {
  const socket = new WebSocket(options.url, [subprotocol], {
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token.reveal()}` }),
      'user-agent': options.agent,
    },
    // The stream is there, through whatever proxy, and verified: ws and Node's HTTP client have nothing left to choose.
    createConnection: () => stream,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    followRedirects: false,
  });
  let fault: LinkFault | undefined;
  let status: number | undefined;
  let opened = false;
  let stopPing = (): void => {};
  let stopWaiting = (): void => {};
  const ping = (): void => {
    stopPing = options.clock.after(pingIntervalMs, () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
      ping();
    });
  };
  socket.on('open', () => {
    opened = true;
    ping();
    events.opened({
      send: (text) => socket.send(text, () => events.drained()),
      get buffered() {
        return socket.bufferedAmount;
      },
      close: (code, why) => {
        socket.close(code, why);
        // A dead peer never answers the close; it gets a moment and no more.
        stopWaiting = options.clock.after(1000, () => socket.terminate());
      },
    });
  });
  socket.on('message', (data, binary) => {
    if (binary) socket.close(1003, 'frames are text');
    else events.received(data.toString());
  });
  socket.on('unexpected-response', (request, response) => {
    status = response.statusCode;
    fault ??= upgradeFault(status ?? 0, response.headers, options.url);
    // Of the body nothing is read, however long it is.
    request.destroy();
    stream.destroy();
    socket.terminate();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    fault ??= opened
      ? new LinkFault(error.message, { local: localFaults.has(error.code ?? '') })
      : handshakeFault(error, options.url);
  });
  socket.on('close', (code, text) => {
    stopPing();
    stopWaiting();
    stream.destroy();
    const { reason = '', local = false, refused = false } = fault ?? {};
    events.ended({ code, reason: text.toString() || reason, local, refused, ...(status ? { status } : {}) });
  });
  return socket;
}
