/** Servers that greet in odd ways, on loopback; those of OpenSSH and OpenSSL are in services.test.ts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { readBanner } from './banner.js';
import { nameOf, readCertificate } from './certificate.js';

/** What is read from a server that does this with each connection. */
async function greeted<T>(serve: (socket: Socket) => void, read: (socket: Socket) => Promise<T>): Promise<T> {
  const server = createServer((it) => {
    it.on('error', () => undefined).resume();
    serve(it);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  try {
    return await read(socket);
  } finally {
    socket.destroy();
    server.close();
    await once(server, 'close');
  }
}

test('the banner is the first line that begins with SSH-, cleaned and cut', async () => {
  const banner = (text: string) => greeted((it) => it.end(Buffer.from(text, 'latin1')), readBanner);
  assert.equal(await banner('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'), 'SSH-2.0-OpenSSH_9.2p1 Debian-2');
  assert.equal(await banner('Keep out!\r\nNo SSH-2.0 here\nSSH-1.99-Cisco-1.25\nmore\n'), 'SSH-1.99-Cisco-1.25');
  assert.equal(await banner('SSH-2.0-\x1b[31mred\x07\x9b\xff\r\n'), 'SSH-2.0-[31mred');
  assert.equal(await banner(`SSH-2.0-${'x'.repeat(3000)}\n`), `SSH-2.0-${'x'.repeat(247)}`);
});

test('a server that is silent about itself, never ends its line or floods has no banner', async () => {
  const banner = (serve: (socket: Socket) => void) => greeted(serve, readBanner);
  assert.equal(await banner((it) => it.end('220 ftp.example.com\r\n')), undefined);
  assert.equal(await banner((it) => it.end('SSH-2.0-unended')), undefined);
  assert.equal(await banner((it) => it.destroy()), undefined);
  assert.equal(await banner((it) => it.write('x\n'.repeat(5000))), undefined);
});

test('a server without TLS has no certificate', async () => {
  const certificate = (serve: (socket: Socket) => void) => greeted(serve, readCertificate);
  assert.equal(await certificate((it) => it.end('HTTP/1.1 400 Bad Request\r\n\r\n')), undefined);
  assert.equal(await certificate((it) => it.destroy()), undefined);
  assert.equal(await certificate((it) => it.write(Buffer.alloc(70_000, 0x16))), undefined);
});

test('the name in a certificate is its common name, or else its first alternative name', () => {
  const leaf = (subject: object, subjectaltname?: string) =>
    ({ subject, ...(subjectaltname === undefined ? {} : { subjectaltname }) }) as Parameters<typeof nameOf>[0];
  assert.equal(nameOf(leaf({ CN: 'nas.example.com' }, 'DNS:other')), 'nas.example.com');
  assert.equal(nameOf(leaf({ CN: ['', 'nas'] })), 'nas');
  assert.equal(nameOf(leaf({}, 'DNS:nas.example.com, DNS:b.example.com')), 'nas.example.com');
  assert.equal(nameOf(leaf({ CN: ' ' }, 'IP Address:192.0.2.1')), '192.0.2.1');
  assert.equal(nameOf(leaf({}, 'IP Address:2001:DB8:0:0:0:0:0:1')), '2001:DB8:0:0:0:0:0:1');
  assert.equal(nameOf(leaf({}, 'DNS:"a, DNS:evil\\u0000", DNS:b')), 'a, DNS:evil');
  assert.equal(nameOf(leaf({ CN: 'n\u202ea\u0000s\n' })), 'nas');
  assert.equal(nameOf(leaf({ CN: 'x'.repeat(3000) }))?.length, 255);
  for (const none of [leaf({}), leaf({}, ''), leaf({}, 'DNS:"\\'), leaf({ CN: '\n' }), {}])
    assert.equal(nameOf(none), undefined);
});
