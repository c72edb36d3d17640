/** The fake target as a server on loopback, and what an operation says to it: counts survive whatever happens to the agent. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { Target } from '../simulation/target.js';

export interface ServedTarget {
  readonly target: Target;
  readonly port: number;
  close(): void;
}

/** Lines `began KEY` and `did KEY UNIT`, each answered with the number of executions so far. */
export async function serveTarget(): Promise<ServedTarget> {
  const target = new Target();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const lines = createInterface({ input: socket }).on('error', () => socket.destroy());
    lines.on('line', (line) => {
      const [verb, key = '', unit] = line.split(' ');
      if (verb === 'began') target.began(key);
      else target.did(key, Number(unit));
      socket.write(`${target.executions.get(key) ?? 0}\n`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { target, port: (server.address() as AddressInfo).port, close: () => server.close() };
}

export interface TargetConnection {
  /** Resolves with the number of executions when the target has counted it. */
  say(line: string): Promise<number>;
  end(): void;
}

export async function connectTarget(port: number, signal: AbortSignal): Promise<TargetConnection> {
  const socket = connect({ host: '127.0.0.1', port, signal });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const lines = createInterface({ input: socket }).on('error', () => socket.destroy());
  const answers = lines[Symbol.asyncIterator]();
  return {
    async say(line) {
      socket.write(`${line}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error('the target went away');
      return Number(value);
    },
    end: () => socket.destroy(),
  };
}
