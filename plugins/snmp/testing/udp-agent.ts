/** A UDP server on a free port of the loopback, for agents that live in the test. Tests only. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface UdpAgent extends AsyncDisposable {
  readonly port: number;
  readonly requests: number;
}

/** `answer` gives the datagrams that go back, none for silence. */
export async function udpAgent(answer: (datagram: Buffer) => readonly Buffer[]): Promise<UdpAgent> {
  const socket = createSocket('udp4');
  let requests = 0;
  socket.on('message', (datagram, { port, address }) => {
    requests++;
    for (const reply of answer(datagram)) socket.send(reply, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}
