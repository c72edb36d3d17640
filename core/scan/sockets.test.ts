/** Sockets for plug-ins: what cannot be connected is a failure, not a socket that hears everybody. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { failure } from '../contract/index.js';
import { openDatagram, type SocketParts } from './sockets.js';

const parts = (refused = false) =>
  ({ policy: { refusal: () => (refused ? failure('E_POLICY', 'test') : undefined) } }) as unknown as SocketParts;

test('a datagram socket is connected to its peer', async () => {
  const peer = createSocket('udp4').bind(0, '127.0.0.1');
  await once(peer, 'listening');
  const socket = await openDatagram(parts(), '127.0.0.1', peer.address().port);
  assert.equal(socket.remoteAddress().port, peer.address().port);
  socket.close();
  peer.close();
});

test('an address to which the kernel does not connect is a failure, and its socket is closed', async () => {
  // The kernel refuses the broadcast address at the connect (EACCES), as it refuses one without a route; nothing is sent.
  await assert.rejects(openDatagram(parts(), '255.255.255.255', 137), { code: 'E_PRIVILEGE' });
  await assert.rejects(openDatagram(parts(true), '127.0.0.1', 137), { code: 'E_POLICY' });
});
