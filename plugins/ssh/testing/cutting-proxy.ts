/**
 * A way to a server that fails at a byte of one’s choice: it breaks off, ends in order, falls silent for ever, or puts something else in
 * the place of what was to come. Each connection is cut anew, so that whoever comes again meets the same.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Direction = 'down' | 'up';

export interface Cut {
  /** `down` counts what the server says, `up` what it is told. */
  readonly direction: Direction;
  /** So many bytes pass. */
  readonly after: number;
  readonly how: 'reset' | 'end' | 'silent' | Buffer;
}

export interface CuttingProxy {
  readonly port: number;
  /** For the connections that come from now on. */
  cut: Cut | undefined;
  /** What has passed since `fresh`, on all connections. */
  readonly passed: Record<Direction, number>;
  readonly connections: number;
  /** Connections of which the client has not let go. */
  readonly open: number;
  /** Has any of them been cut, and none of them left whole? */
  readonly isCut: boolean;
  fresh(cut?: Cut): void;
  /** Cuts all connections that are open, now. */
  cutNow(how: 'reset' | 'silent'): void;
  stop(): Promise<void>;
}

/** A reset that comes together with data is an end to Node.js (libuv), not an error: it is to come after what the client has read. */
function afterTurns(turns: number, run: () => void): void {
  if (turns === 0) run();
  else setImmediate(() => afterTurns(turns - 1, run));
}

export async function cuttingProxy(to: number): Promise<CuttingProxy> {
  const passed = { down: 0, up: 0 };
  const pairs = new Map<Socket, { server: Socket; end(how: Cut['how']): void; isOver(): boolean }>();
  let connections = 0;
  let isCut = false;
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    connections += 1;
    const { cut } = proxy;
    const server = connect({ port: to, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    let over = false;
    const end = (how: Cut['how']) => {
      if (over) return;
      over = true;
      isCut = true;
      if (how === 'reset') afterTurns(5, () => client.resetAndDestroy());
      else if (how === 'end') client.end();
      else if (how !== 'silent') client.write(how);
      // A silent way keeps the connection: what the client sends is taken, as the kernel of a hung host does for a while.
      if (how !== 'reset') client.resume();
      server.destroy();
    };
    pairs.set(client, { server, end, isOver: () => over });
    client.on('end', () => {
      if (over) client.destroy();
    });
    client.on('close', () => {
      over = true;
      pairs.delete(client);
      server.destroy();
    });
    for (const socket of [client, server]) socket.on('error', () => undefined);
    server.on('close', () => {
      if (!over) client.destroy();
    });
    const carry = (direction: Direction, from: Socket, into: Socket) => {
      let left = cut?.direction === direction ? cut.after : Number.POSITIVE_INFINITY;
      const reached = () => cut !== undefined && end(cut.how);
      from.on('data', (chunk: Buffer) => {
        if (over) return;
        const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
        left -= part.length;
        passed[direction] += part.length;
        if (left > 0) return void into.write(part);
        into.write(part, reached);
        from.pause();
      });
      from.on('end', () => {
        if (!over) into.end();
      });
      if (left === 0) server.once('connect', reached);
    };
    carry('up', client, server);
    carry('down', server, client);
  });
  const proxy = {
    port: 0,
    cut: undefined as Cut | undefined,
    passed,
    get connections() {
      return connections;
    },
    get open() {
      return pairs.size;
    },
    get isCut() {
      return isCut && [...pairs.values()].every((it) => it.isOver());
    },
    fresh(cut?: Cut) {
      proxy.cut = cut;
      Object.assign(passed, { down: 0, up: 0 });
      connections = 0;
      isCut = false;
    },
    cutNow(how: 'reset' | 'silent') {
      for (const { end } of [...pairs.values()]) end(how);
    },
    async stop() {
      for (const [client, { server }] of pairs) {
        client.destroy();
        server.destroy();
      }
      listener.close();
      await once(listener, 'close');
    },
  };
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  proxy.port = (listener.address() as { port: number }).port;
  return proxy;
}
