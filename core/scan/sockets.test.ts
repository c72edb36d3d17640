/** Sockets for plug-ins: what cannot be connected is a failure, not a socket that hears everybody. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testLogger } from '../../test/kit/index.js';
import { failure } from '../contract/index.js';
import { makeCall, openDatagram, type SocketParts } from './sockets.js';

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

test('a key file that others may read is refused with the command that closes it, and read once it is closed', {
  skip: process.platform === 'win32' ? 'modes of POSIX' : false,
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'ksocket-key-'));
  t.after(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'id'), 'key');
  await chmod(join(directory, 'id'), 0o644);
  const call = makeCall(parts(), { signal: new AbortController().signal, log: testLogger(), directory });
  await assert.rejects(call.fileBeside('id'), {
    code: 'E_CREDENTIAL',
    message: /id may be read by every user of this machine \(mode 644\)$/,
    remedy: `chmod 640 ${join(directory, 'id')}`,
  });
  await chmod(join(directory, 'id'), 0o600);
  assert.equal(String(await call.fileBeside('id')), 'key');
  assert.equal(String(await call.fileBeside(join(directory, 'id'))), 'key', 'absolute');
});

test('what is no key file is refused and not waited for: a pipe, a device without an end, a folder, nothing', {
  skip: process.platform === 'win32' ? 'pipes and devices of POSIX' : false,
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'ksocket-key-'));
  t.after(() => rm(directory, { recursive: true }));
  execFileSync('mkfifo', ['-m', '600', join(directory, 'pipe')]);
  await mkdir(join(directory, 'folder'), { mode: 0o700 });
  await writeFile(join(directory, 'large'), Buffer.alloc(2 * 1024 * 1024), { mode: 0o600 });
  const call = makeCall(parts(), { signal: new AbortController().signal, log: testLogger(), directory });
  for (const [name, message] of [
    ['pipe', /pipe is no regular file$/],
    ['folder', /folder is no regular file$/],
    ['/dev/zero', /zero (?:is no regular file|may be read by every user)/],
    ['large', /large is larger than 1048576 bytes$/],
    ['none', /read \S+none: ENOENT$/],
  ] as const)
    await assert.rejects(call.fileBeside(name), { code: 'E_CREDENTIAL', message }, name);
});
