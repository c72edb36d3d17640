/**
 * Targets that mean harm, after the greeting: they flood, they stall, they ask without end. Each ends by itself with a failure that says
 * what it was, in bounded time and memory. Channels that lie
 * about their room are in hostile-channels.test.ts, what is no SSH server at all in peers.test.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailureCode } from 'ksocket/plugin';
import { testCall, testHost } from 'ksocket/testing';
import type { Connection } from 'ssh2';
import plugin from './index.js';
import { agent, all, credentialOf, failureOf } from './testing/agent.js';
import { type Animal, endlessly, type Inside, meeting, message, number, send, text } from './testing/hostile-server.js';

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
