/** A UDP server on a free port of the loopback, for agents that live in the test. Tests only. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

export interface UdpAgent {
  readonly port: number;
  /** How many datagrams came in. */
  readonly requests: number;
  /** At the end of the test it happens by itself. */
  close(): Promise<void>;
}

/** `answer` gives the datagrams that go back, none for silence. */
export async function udpAgent(t: TestContext, answer: (datagram: Buffer) => readonly Buffer[]): Promise<UdpAgent> {
  const socket = createSocket('udp4');
  let requests = 0;
  socket.on('message', (datagram, { port, address }) => {
    requests++;
    for (const reply of answer(datagram)) socket.send(reply, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  let closed: Promise<unknown> | undefined;
  const close = async () => {
    closed ??= once(socket.close(), 'close');
    await closed;
  };
  t.after(close);
  return {
    port: socket.address().port,
    get requests() {
      return requests;
    },
    close,
  };
}
