/**
 * Targets that mean harm, after the greeting: they flood, they stall, they ask without end. Each ends by itself with a failure that says
 * what it was, in bounded time and memory. What is no SSH server at all is in peers.test.ts.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { FailureCode, Section } from 'ksocket/plugin';
import { testCall, testHost } from 'ksocket/testing';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import plugin from './index.js';
import { agent, all, credentialOf, failureOf } from './testing/agent.js';
import { manualClock } from './testing/manual-clock.js';

const hostKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();

/** What ssh2 has inside its connections, for a server that sends what no server should. */
interface Inside {
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
function send(connection: Connection, payload: Buffer): void {
  const { _packetRW: rw, _cipher: cipher } = (connection as unknown as Inside)._protocol;
  const at = rw.write.allocStart;
  const packet = rw.write.alloc(payload.length);
  packet.set(payload, at);
  cipher.encrypt(rw.write.finalize(packet));
}
const number = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const text = (value: string | Buffer) =>
  Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(value as string)]);

interface Animal {
  readonly onAuthentication?: (context: ssh2.AuthContext, connection: Connection) => void;
  readonly onReady?: (connection: Connection) => void;
  readonly onShell?: (channel: ServerChannel, connection: Connection) => void;
  readonly onTunnel?: (channel: ServerChannel, connection: Connection) => void;
  readonly onHandshake?: (agreed: ssh2.NegotiatedAlgorithms) => void;
  readonly compress?: readonly ssh2.CompressionAlgorithm[];
}

async function meeting<T>(animal: Animal, use: (input: Record<string, unknown>) => Promise<T>): Promise<T> {
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
      accept().on('exec', (take) => animal.onShell?.((take as () => ServerChannel)(), connection)),
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
function endlessly(connection: Connection, once_: () => void): void {
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

async function staysOut(code: FailureCode, says: RegExp, animal: Animal): Promise<void> {
  const before = process.memoryUsage().rss;
  const error = await meeting(animal, (input) => failureOf(agent().open(input), code, ['canary-5d1e']));
  assert.match(error.message, says);
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  assert.ok(grown < 150, `${grown} MiB`);
}

const banner = Buffer.concat([Buffer.from([53]), text('Unauthorized access is prohibited. '.repeat(800)), text('')]);

test('a banner of the login without end is cut at a bound', () =>
  staysOut('E_LIMIT', /sends without end/, {
    onAuthentication: (_, connection) => endlessly(connection, () => send(connection, banner)),
  }));

test('ten thousand questions at once get no answer', () =>
  staysOut('E_LIMIT', /goes on asking/, {
    onAuthentication(context) {
      if (context.method === 'none') return context.reject(['keyboard-interactive']);
      if (context.method !== 'keyboard-interactive') return context.reject();
      // As many as a packet holds.
      context.prompt(
        Array.from({ length: 3000 }, () => ({ prompt: 'Pass', echo: false })),
        () => undefined,
      );
    },
  }));

test('a second question for the password is a refusal of the first answer', () =>
  staysOut('E_LOGIN', /log in to/, {
    onAuthentication(context) {
      if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
      const again = (): void => context.prompt([{ prompt: 'Password: ', echo: false }], again);
      again();
    },
  }));

test('rounds without a question end at the time limit', () =>
  meeting(
    {
      onAuthentication(context) {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
        const again = (): void => context.prompt([], () => setImmediate(again));
        again();
      },
    },
    async (input) => {
      const error = await agent()
        .open({ ...input, timeout: 0.5 })
        .then(
          () => assert.fail('must not get in'),
          (it: { code: FailureCode }) => it,
        );
      assert.ok(['E_TIMEOUT', 'E_LIMIT', 'E_RESET'].includes(error.code), error.code);
    },
  ));

test('a server that lets everybody in is entered, and told as a finding', () =>
  meeting({}, async (input) => {
    const { open, findings } = agent();
    await (await open(input)).close();
    assert.deepEqual(findings.map((it) => it.finding).sort(), ['new-host-key', 'open-login']);
  }));

test('a server that answers nothing after the name of the account ends at the time limit', () =>
  meeting({ onAuthentication: () => undefined }, async (input) => {
    await failureOf(agent().open({ ...input, timeout: 0.5 }), 'E_TIMEOUT');
  }));

const message = (type: number, ...parts: (Buffer | string)[]) =>
  Buffer.concat([Buffer.from([type]), ...parts.map((it) => (typeof it === 'string' ? text(it) : it))]);
const yes = Buffer.from([1]);
const flood = (payload: Buffer): Animal => ({
  onReady: (connection) => endlessly(connection, () => send(connection, payload)),
});
const unasked = /sends without end what nobody asked for/;

/** RFC 4253, 11.2 to 11.4, RFC 4254, 4 and 5.1: what any server may send at any time, and what must be answered. */
const afterLogin: [what: string, animal: Animal, says: RegExp][] = [
  ['a storm of key exchanges', { onReady: (connection) => storm(connection) }, /exchanges keys without end/],
  ['messages to be ignored', flood(message(2, 'x'.repeat(4096))), unasked],
  ['debug messages', flood(message(4, yes, 'x'.repeat(4096), '')), unasked],
  [
    'global requests that want an answer',
    flood(message(80, 'no-such-request@example.com', yes, Buffer.alloc(8192))),
    unasked,
  ],
  [
    'channels that the server opens',
    flood(message(90, 'forwarded-tcpip', number(7), number(1), number(1), Buffer.alloc(8192))),
    unasked,
  ],
  ['data for a channel that nobody has opened', flood(message(94, number(77), 'x'.repeat(4096))), unasked],
  ['packets of an unknown kind', flood(message(191, 'x'.repeat(4096))), unasked],
];

/** The next exchange begins when the last is over. */
function storm(connection: Connection): void {
  connection.on('rekey', () => (connection as unknown as Inside)._protocol.rekey());
  connection.on('handshake', () => setImmediate(() => (connection as unknown as Inside)._protocol.rekey()));
  (connection as unknown as Inside)._protocol.rekey();
}

for (const [what, animal, says] of afterLogin) {
  test(`${what} end a session that was open`, () =>
    meeting(animal, async (input) => {
      const before = process.memoryUsage().rss;
      const session = await agent().open(input);
      const error = await failureOf(all(session), 'E_LIMIT');
      assert.match(error.message, says);
      assert.ok(process.memoryUsage().rss - before < 150 * 2 ** 20);
      await session.close();
    }));
}

test('a flood on the error stream is read away, and ends with the session', () =>
  meeting(
    {
      onShell(channel, connection) {
        const block = Buffer.alloc(32 * 1024, 'e');
        const more = (): void => {
          while (!channel.destroyed && channel.stderr.write(block));
          if (!channel.destroyed) channel.stderr.once('drain', more);
        };
        more();
        connection.on('close', () => channel.destroy());
      },
    },
    async (input) => {
      const before = process.memoryUsage().rss;
      const session = await agent().open(input);
      await failureOf(all(session), 'E_LIMIT');
      await session.close();
      assert.ok(process.memoryUsage().rss - before < 200 * 2 ** 20);
    },
  ));

test('a flood before the login is cut at a bound, too', () =>
  staysOut('E_LIMIT', /sends without end/, {
    onAuthentication: (_, connection) => endlessly(connection, () => send(connection, message(2, 'x'.repeat(4096)))),
  }));

/** What the server grants with each channel in place of its own window and packet size (RFC 4254, 5.1). */
const granting =
  (window: number, packet: number) =>
  (connection: Connection): void => {
    const protocol = (connection as unknown as Inside)._protocol;
    const confirm = protocol.channelOpenConfirm.bind(protocol);
    protocol.channelOpenConfirm = (remote, local) => confirm(remote, local, window, packet);
  };

/** All that the session says, while time passes as fast as it can. */
async function hastily(animal: Animal): Promise<{ sections: Section[]; seconds: number }> {
  return meeting(animal, async (input) => {
    const clock = manualClock();
    const session = await agent({ clock }).open(input);
    let over = false;
    const asked = all(session).finally(() => {
      over = true;
    });
    let seconds = 0;
    while (!over) {
      // What is on its way arrives first.
      await delay(10);
      clock.pass(1000);
      seconds += 1;
    }
    const sections = await asked;
    await session.close();
    clock.pass(1000);
    assert.equal(clock.waiting(), 0);
    return { sections, seconds };
  });
}

test('a window that is never opened is waited for as long as for a shell that says nothing', async () => {
  let heard = 0;
  const { sections, seconds } = await hastily({
    onReady: granting(0, 32_768),
    onShell: (channel) => channel.on('data', () => heard++),
  });
  assert.deepEqual(
    [...new Set(sections.filter((it) => it.name !== 'identity').map((it) => it.state))],
    ['unsupported'],
  );
  assert.ok(seconds <= 65, `${seconds} seconds`);
  assert.equal(heard, 0);
});

test('a window that closes for ever in the middle of the script is a time limit', async () => {
  const { sections, seconds } = await hastily({
    onReady: granting(1000, 32_768),
    onShell: (channel) =>
      channel.once('data', (greeting: Buffer) => {
        const nonce = /K=([0-9a-f]{32})/.exec(greeting.toString())?.[1];
        channel.write(`@${nonce} 42\n`);
      }),
  });
  assert.deepEqual([...new Set(sections.filter((it) => it.name !== 'identity').map((it) => it.state))], ['timeout']);
  assert.ok(seconds <= 65, `${seconds} seconds`);
});

test('a server that takes packets of no size is left, and stops nothing', () =>
  meeting({ onReady: granting(2 ** 31, 0), onShell: () => undefined }, async (input) => {
    const session = await agent().open(input);
    const error = await failureOf(all(session), 'E_PROTOCOL');
    assert.match(error.message, /packets of no size/);
    await session.close();
  }));

test('a server that takes a few bytes in each packet gets the script all the same', async () => {
  let heard = '';
  const word = (said: string) => `@${/K=([0-9a-f]{32})/.exec(heard)?.[1]} ${said}\n`;
  await meeting(
    {
      onReady: granting(2 ** 31, 16),
      onShell: (channel) =>
        channel
          .on('data', (data: Buffer) => {
            const isGreeted = heard.includes('\n');
            heard += data.toString();
            if (!isGreeted && heard.endsWith('\n')) channel.write(word('42'));
          })
          .on('end', () => channel.end(heard.endsWith('exit 0\n}\n') ? word('done') : '')),
    },
    async (input) => {
      const session = await agent().open(input);
      assert.ok((await all(session)).every((it) => it.name === 'identity' || it.state === 'ok'));
      await session.close();
    },
  );
});

test('data beyond the room that was given is not kept for whoever may read it', () =>
  meeting(
    {
      onTunnel(channel, connection) {
        const { id } = (channel as unknown as { outgoing: { id: number } }).outgoing;
        // No divisor of the window, so that it is never just used up.
        endlessly(connection, () => send(connection, message(94, number(id), 'x'.repeat(30_001))));
      },
    },
    async (input) => {
      const before = process.memoryUsage().rss;
      const session = await agent().open(input);
      const channel = await (session.forward?.('10.0.0.1', 22) ?? assert.fail());
      const [error] = (await once(channel, 'error')) as [unknown];
      assert.match(String(error), /more than it was given room for/);
      assert.ok(channel.readableLength < 6 * 2 ** 20, `${channel.readableLength} bytes`);
      assert.ok(process.memoryUsage().rss - before < 150 * 2 ** 20);
      await session.close();
    },
  ));

test('nothing is compressed, whatever the server would like better', async () => {
  const agreed: string[] = [];
  const animal = {
    compress: ['zlib', 'zlib@openssh.com', 'none'],
    onHandshake: ({ cs, sc }: { cs: { compress: string }; sc: { compress: string } }) =>
      void agreed.push(cs.compress, sc.compress),
  } as const;
  await meeting(animal, async (input) => (await agent().open(input)).close());
  assert.deepEqual(agreed, ['none', 'none']);
  await meeting({ compress: ['zlib', 'zlib@openssh.com'] }, async (input) => {
    const error = await failureOf(agent().open(input), 'E_UNSUPPORTED');
    assert.match(error.message, /offers only compression zlib, zlib@openssh\.com/);
    assert.match(error.remedy ?? '', /permit none in Compression/);
  });
});

test('a shell that ends without a word is none', () =>
  meeting({ onShell: (channel) => channel.end() }, async (input) => {
    const session = await agent().open(input);
    const states = (await all(session)).filter((it) => it.name !== 'identity').map((it) => it.state);
    assert.ok(states.length > 0 && states.every((it) => it === 'unsupported'), states.join());
    await session.close();
  }));

test('a session that is asked and closed at once ends, though its exec is never answered', async () => {
  await meeting({}, async (input) => {
    const session = await agent().open(input);
    const asked = all(session).catch((error: { code: string }) => error.code);
    await session.close();
    assert.ok(['E_CANCELLED', 'E_RESET'].includes((await asked) as string) || Array.isArray(await asked));
  });
});

test('two hundred sessions at once take little memory each', async () => {
  await meeting({}, async (input) => {
    const host = testHost({});
    const parts = plugin.setup(host);
    const credential = credentialOf({ ...input, timeout: 60 });
    const open = () => parts.open({ address: '127.0.0.1', own: false }, credential, testCall());
    const first = await open();
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    const sessions = await Promise.all(Array.from({ length: 200 }, open));
    const perSession = (process.memoryUsage().rss - before) / 200 / 1024;
    // Both ends are in this process, so each session counts twice.
    console.log(`${Math.round(perSession)} KiB of memory for each of 200 sessions and its server`);
    assert.ok(perSession < 2048, `${perSession} KiB`);
    await Promise.all([first, ...sessions].map((it) => it.close()));
  });
});
