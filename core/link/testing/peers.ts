/** The ends of a link for its tests, on loopback only: servers of the test's own, and Debian's tinyproxy, microsocks and stunnel. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, createServer as plainServer, type RequestListener, type Server } from 'node:http';
import { createServer as tlsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { subprotocol } from '../../wire/index.js';
import { canaryPassword, canaryUser, plainPassword } from './attempt.js';
import type { Certificate } from './certificates.js';

const programs = {
  tinyproxy: '/usr/bin/tinyproxy',
  microsocks: '/usr/bin/microsocks',
  stunnel: '/usr/bin/stunnel4',
} as const;

/** Why there are no real proxies here, or undefined. */
export function noProxies(): string | undefined {
  const missing = Object.values(programs).filter((path) => !existsSync(path));
  return missing.length === 0
    ? undefined
    : `needs ${missing.join(', ')} (packages tinyproxy-bin, microsocks, stunnel4)`;
}

export interface Peer {
  readonly port: number;
  /** Safe twice. */
  close(): Promise<void>;
}

const started: Peer[] = [];

function keep<P extends Peer>(peer: P): P {
  started.push(peer);
  return peer;
}

/** Ends whatever this file's tests have started, latest first, also after a test that failed. */
export async function closePeers(): Promise<void> {
  for (const peer of started.splice(0).reverse()) await peer.close();
}

export interface Seen extends Peer {
  /** Requests and upgrades that arrived; a token among their headers is one that was sent. */
  readonly requests: IncomingMessage[];
}

/** A space as far as the upgrade: over TLS with this certificate, or plain. */
export async function upgrading(
  certificate?: Pick<Certificate, 'cert' | 'key'>,
  host = '127.0.0.1',
  answer?: RequestListener,
): Promise<Seen> {
  const requests: IncomingMessage[] = [];
  const server: Server = certificate === undefined ? plainServer() : tlsServer({ ...certificate });
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, handleProtocols: () => subprotocol });
  server.on('request', (request, response) => {
    requests.push(request);
    answer?.(request, response);
  });
  // Without a listener for upgrades Node treats them as requests, which is what a page or a proxy does.
  if (answer === undefined) {
    server.on('upgrade', (request, stream, head) => {
      requests.push(request);
      sockets.handleUpgrade(request, stream, head, () => undefined);
    });
  }
  const { port, close } = await listening(server, host);
  return { requests, port, close };
}

/** Whatever speaks first, or never. `open` counts connections that stand. */
export async function raw(
  served: (socket: Socket) => void,
  host = '127.0.0.1',
): Promise<Peer & { readonly open: () => number }> {
  let open = 0;
  const server = createServer((socket) => {
    open += 1;
    socket
      .on('error', () => undefined)
      .on('close', () => {
        open -= 1;
      });
    served(socket);
  });
  return { ...(await listening(server, host)), open: () => open };
}

interface Listening {
  listen(port: number, host: string): unknown;
  address(): unknown;
  close(done: () => void): unknown;
  on(event: 'connection', seen: (socket: Socket) => void): unknown;
  once(event: 'listening' | 'error', heard: (error?: Error) => void): unknown;
}

async function listening(server: Listening, host: string): Promise<Peer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(error));
    server.once('listening', () => resolve());
    server.listen(0, host);
  });
  return keep({
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

export interface RealPeer extends Peer {
  /** Its log so far. */
  log(): string;
}

/** Debian's HTTP proxy, with a login; `more` are lines of its configuration. */
export function tinyproxy(more: readonly string[] = []): Promise<RealPeer> {
  return real(programs.tinyproxy, (folder, port) => {
    const file = join(folder, 'tinyproxy.conf');
    const lines = [`Port ${port}`, 'Listen 127.0.0.1', 'Timeout 60', 'LogLevel Info', `LogFile "${folder}/log"`];
    writeFileSync(file, `${[...lines, `BasicAuth ${canaryUser} ${plainPassword}`, ...more].join('\n')}\n`);
    return ['-d', '-c', file];
  });
}

/** Debian's SOCKS5 server, with a login. */
export function microsocks(): Promise<RealPeer> {
  return real(programs.microsocks, (_, port) => {
    return ['-i', '127.0.0.1', '-p', String(port), '-u', canaryUser, '-P', canaryPassword];
  });
}

/** TLS in front of a port of this machine. */
export function stunnel({ certFile, keyFile }: Certificate, to: number): Promise<RealPeer> {
  return real(programs.stunnel, (folder, port) => {
    const file = join(folder, 'stunnel.conf');
    const lines = ['foreground = yes', 'pid =', `output = ${folder}/log`, '[tls]', `accept = 127.0.0.1:${port}`];
    writeFileSync(
      file,
      `${[...lines, `connect = 127.0.0.1:${to}`, `cert = ${certFile}`, `key = ${keyFile}`].join('\n')}\n`,
    );
    return [file];
  });
}

/** Starts a program that wants to be told its port; ready when the port takes a connection. */
async function real(program: string, options: (folder: string, port: number) => string[]): Promise<RealPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-peer-'));
  const { port, close } = await raw(() => undefined);
  await close();
  const child = spawn(program, options(folder, port), { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const log = () => said + (existsSync(`${folder}/log`) ? readFileSync(`${folder}/log`, 'utf8') : '');
  const stop = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  for (let waited = 0; !(await takes(port)); waited += 20) {
    if (waited > 10_000 || child.exitCode !== null) {
      await stop();
      throw new Error(`${program} does not start: ${said}`);
    }
    await sleep(20);
  }
  return keep({ port, log, close: stop });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function takes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
