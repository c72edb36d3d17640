/** The agents' end point: the upgrade to a WebSocket, and the token that decides which slot it is for. */

import type { IncomingMessage, Server } from 'node:http';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import type * as ws from 'ws';
import { closeCodes, maxFrameBytes, subprotocol } from '../core/wire/ids.js';
import { Strikes } from './rest/strikes.js';
import type { Runtime } from './runtime.js';
import { checkToken } from './storage/tokens.js';

/** By require, which takes half of the time that an import of CommonJS takes (Node 20). */
const { WebSocketServer } = createRequire(import.meta.url)('ws') as typeof ws;

export const agentPath = '/api/ksocket/connect';
/** An agent with a wrong token tries about ten times a minute, and a site may have several behind one address. */
const maxWrongTokens = 120;

/** Returns what closes it. */
export function serveAgents(server: Server, runtime: Runtime): () => void {
  const strikes = new Strikes(runtime.clock, maxWrongTokens);
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression costs memory for each agent and leaks lengths (protocol.md forbids it).
    perMessageDeflate: false,
    // A frame that is a little too large still gets the protocol's own close code; this is the bound of memory.
    maxPayload: 2 * maxFrameBytes,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    const { pathname } = new URL(request.url ?? '/', 'http://space');
    if (pathname !== agentPath) return refuse(stream, '404 Not Found');
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(subprotocol)) return refuse(stream, '400 Bad Request');
    sockets.handleUpgrade(request, stream, head, (socket) => void admit(socket, request, runtime, strikes));
  });
  return () => sockets.close();
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Refusals come after the upgrade, as close codes, because only those reach an agent behind every kind of proxy. */
async function admit(
  socket: ws.WebSocket,
  request: IncomingMessage,
  runtime: Runtime,
  strikes: Strikes,
): Promise<void> {
  const { db, clock, hub, log } = runtime;
  const remote = request.socket.remoteAddress ?? '';
  socket.on('error', () => undefined);
  // hello may come before the token is looked up; nothing is lost while the socket rests.
  socket.pause();
  try {
    if (strikes.out(remote)) return socket.close(closeCodes.rate, 'too many wrong tokens');
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    // Whoever shows none asks only whether an end point is here (`ksocket diagnostics connect`); nobody guesses that way.
    if (token === '') return socket.close(closeCodes.auth, 'no token');
    const check = await checkToken(db, token, clock.now());
    if (!check.ok) {
      if (check.reason === 'token unknown') strikes.wrong(remote);
      log.warn('agent refused', { reason: check.reason, remote });
      return socket.close(closeCodes.auth, check.reason);
    }
    hub.accept(socket, check, remote);
  } catch (error) {
    log.error('storage failed', { error: String(error) });
    socket.close(closeCodes.maintenance, 'storage failed');
  } finally {
    socket.resume();
  }
}
