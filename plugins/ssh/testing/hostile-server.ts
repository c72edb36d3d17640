/** An SSH server of the tests’ own that does to its clients what no server should, by reaching into ssh2. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';

const hostKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();

/** What ssh2 has inside its connections, for a server that sends what no server should. */
export interface Inside {
  setNoDelay(noDelay: boolean): void;
  readonly _protocol: {
    rekey(): void;
    channelOpenConfirm(remote: number, local: number, window: number, packet: number): void;
    authBanner?(text: string): void;
    _packetRW: { write: { allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer } };
    _cipher: { encrypt(packet: Buffer): void };
  };
}

/** One message, as it goes into a packet. */
export function send(connection: Connection, payload: Buffer): void {
  const { _packetRW: rw, _cipher: cipher } = (connection as unknown as Inside)._protocol;
  const at = rw.write.allocStart;
  const packet = rw.write.alloc(payload.length);
  packet.set(payload, at);
  cipher.encrypt(rw.write.finalize(packet));
}
export const number = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
export const text = (value: string | Buffer) =>
  Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(value as string)]);

export interface Animal {
  readonly onAuthentication?: (context: ssh2.AuthContext, connection: Connection) => void;
  readonly onReady?: (connection: Connection) => void;
  readonly onShell?: (channel: ServerChannel, connection: Connection, command: string) => void;
  readonly onTunnel?: (channel: ServerChannel, connection: Connection) => void;
  readonly onHandshake?: (agreed: ssh2.NegotiatedAlgorithms) => void;
  readonly compress?: readonly ssh2.CompressionAlgorithm[];
}

export async function meeting<T>(animal: Animal, use: (input: Record<string, unknown>) => Promise<T>): Promise<T> {
  const sockets = new Set<Connection>();
  const algorithms = animal.compress && { algorithms: { compress: [...animal.compress] } };
  const server = new ssh2.Server({ hostKeys: [hostKey], ...algorithms }, (connection) => {
    sockets.add(connection);
    (connection as unknown as Inside).setNoDelay(true);
    connection.on('error', () => undefined).on('close', () => sockets.delete(connection));
    connection.on('authentication', (context) => {
      if (animal.onAuthentication === undefined) context.accept();
      else animal.onAuthentication(context, connection);
    });
    connection.on('ready', () => animal.onReady?.(connection));
    connection.on('handshake', (agreed) => animal.onHandshake?.(agreed));
    connection.on('tcpip', (accept) => animal.onTunnel?.(accept(), connection));
    connection.on('session', (accept) =>
      accept().on('exec', (take, _, { command }) =>
        animal.onShell?.((take as () => ServerChannel)(), connection, command),
      ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as { port: number };
    return await use({ port, timeout: 5, account: { username: 'john', password: 'canary-5d1e' } });
  } finally {
    for (const it of sockets) it.end();
    server.close();
  }
}

/** Calls again and again, with turns for others, until the connection is gone. */
export function endlessly(connection: Connection, once_: () => void): void {
  let isOver = false;
  connection.on('close', () => {
    isOver = true;
  });
  const more = () => {
    try {
      for (let i = 0; i < 200 && !isOver; i += 1) once_();
    } catch {
      return;
    }
    if (!isOver) setImmediate(more);
  };
  more();
}

/** RFC 4251, 5: the number of a message and its fields. */
export const message = (type: number, ...parts: (Buffer | string)[]) =>
  Buffer.concat([Buffer.from([type]), ...parts.map((it) => (typeof it === 'string' ? text(it) : it))]);
