/** Peers that are no SSH server, or a bad one: every one of them ends with a failure that says what it was, in time. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { Failure, type FailureCode } from 'ksocket/plugin';
import { testCall, testHost } from 'ksocket/testing';
import ssh2 from 'ssh2';
import plugin from './index.js';

const secret = 'canary-5d1e';

async function meeting(
  greet: (socket: Socket) => void,
  options: { timeout?: number; signal?: AbortSignal } = {},
): Promise<{ failure: Failure; ms: number; lines: string; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    greet(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const credential = plugin.credential['~standard'].validate({
    port,
    timeout: options.timeout ?? 2,
    account: { username: 'john', password: secret },
  });
  if (credential instanceof Promise || credential.issues) throw new Error('credential');
  const call = testCall(options.signal ? { signal: options.signal } : {});
  const host = testHost({});
  const began = performance.now();
  try {
    const failure = await plugin
      .setup(host)
      .open({ address: '127.0.0.1', own: false }, credential.value, call)
      .then(
        () => assert.fail('must not get in'),
        (error: unknown) => error,
      );
    assert.ok(failure instanceof Failure, String(failure));
    const ms = performance.now() - began;
    const lines = [...call.log.lines, ...host.log.lines, failure.stack, String(failure.cause)].join('\n');
    assert.ok(!lines.includes(secret));
    // Our end of the connection is gone: every peer sees it close.
    await Promise.all(
      sockets.map((socket) => socket.destroyed || new Promise((resolve) => socket.resume().once('close', resolve))),
    );
    return { failure, ms, lines, sockets };
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
}

async function failsWith(
  code: FailureCode,
  greet: (socket: Socket) => void,
  timeout?: number,
  withinMs = 60_000,
): Promise<void> {
  const { failure, ms } = await meeting(greet, timeout === undefined ? {} : { timeout });
  assert.equal(failure.code, code, `${failure.message} ${failure.cause}`);
  assert.ok(ms < withinMs, `${ms} ms`);
}

test('a web server is told as something that is not understood', () =>
  failsWith('E_PROTOCOL', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')));

test('random bytes are told as something that is not understood', () =>
  failsWith('E_PROTOCOL', (socket) => socket.write(Buffer.alloc(70_000, 0x81))));

test('an endless banner ends at its bound, not at the time limit', () =>
  failsWith(
    'E_PROTOCOL',
    (socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write('Unauthorized access is prohibited.\r\n'));
      };
      socket.on('drain', more);
      more();
    },
    30,
    2000,
  ));

test('an endless slow banner ends at the time limit', () =>
  failsWith(
    'E_TIMEOUT',
    (socket) => {
      const timer = setInterval(() => socket.write('wait\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    },
    0.3,
    1300,
  ));

test('a silent peer ends at the time limit', () => failsWith('E_TIMEOUT', () => undefined, 0.3, 1300));

test('a peer that falls silent after its identification ends at the time limit', () =>
  failsWith('E_TIMEOUT', (socket) => socket.write('SSH-2.0-Silent\r\n'), 0.3));

test('a peer that closes at once is a reset', () => failsWith('E_RESET', (socket) => socket.end()));

test('a peer that closes after its identification is a reset', () =>
  failsWith('E_RESET', (socket) => socket.end('SSH-2.0-Shy\r\n')));

test('a server that is too busy is a reset, which may be tried again', async () => {
  const { failure } = await meeting((socket) => socket.end('Exceeded MaxStartups\r\n'));
  assert.equal(failure.code, 'E_RESET');
  assert.equal(failure.again, true);
});

test('garbage after the identification is told as something that is not understood', () =>
  failsWith('E_PROTOCOL', (socket) => socket.write(`SSH-2.0-Garbage\r\n${'x'.repeat(4096)}`)));

test('SSH 1 is not supported', () => failsWith('E_UNSUPPORTED', (socket) => socket.write('SSH-1.5-Old\r\n')));

test('an abort ends the wait for a silent peer', async () => {
  const controller = new AbortController();
  const { failure, ms } = await meeting(() => setImmediate(() => controller.abort()), {
    timeout: 30,
    signal: controller.signal,
  });
  assert.equal(failure.code, 'E_CANCELLED');
  assert.ok(ms < 15_000, `${ms} ms, of a limit of 30 s`);
});

test('an abort in the middle of the login ends it', async () => {
  const controller = new AbortController();
  const { failure, ms } = await meeting(
    (socket) => {
      socket.write('SSH-2.0-Silent\r\n');
      socket.once('data', () => controller.abort());
    },
    { timeout: 30, signal: controller.signal },
  );
  assert.equal(failure.code, 'E_CANCELLED');
  assert.ok(ms < 15_000, `${ms} ms, of a limit of 30 s`);
});

test('an identification that comes byte by byte, after other lines, is understood', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const hostKey = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const { failure } = await meeting(
    (socket) => {
      // Between the real server and the client, the first bytes go one at a time.
      const server = new ssh2.Server({ hostKeys: [hostKey], greeting: 'Welcome\r\nto this host' }, (client) => {
        client.on('authentication', (context) => context.reject(['password'])).on('error', () => undefined);
      });
      server.listen(0, '127.0.0.1', () => {
        const inner = connect((server.address() as { port: number }).port, '127.0.0.1');
        let first = 40;
        socket.setNoDelay(true);
        const slow: Promise<void>[] = [Promise.resolve()];
        inner.on('data', (data: Buffer) => {
          const head = data.subarray(0, Math.max(0, first));
          first -= head.length;
          let turn = slow[0] ?? Promise.resolve();
          for (const byte of head) {
            turn = turn.then(
              () => new Promise((resolve) => socket.write(Buffer.from([byte]), () => setImmediate(resolve))),
            );
          }
          slow[0] = turn.then(() => void socket.write(data.subarray(head.length)));
        });
        socket.on('data', (data) => inner.write(data));
        socket.on('close', () => {
          inner.destroy();
          server.close();
        });
      });
    },
    { timeout: 10 },
  );
  assert.equal(failure.code, 'E_LOGIN');
});
