/** Servers that lie about the room in their channels and in ours (RFC 4254, 5.1 and 5.2), or would rather compress. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Section } from 'ksocket/plugin';
import type { Connection } from 'ssh2';
import { agent, all, failureOf } from './testing/agent.js';
import { type Animal, endlessly, type Inside, meeting, message, number, send } from './testing/hostile-server.js';
import { manualClock } from './testing/manual-clock.js';

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

/** All that is sent in one turn leaves as one piece, as from a host that is faster than its network. */
function inOnePiece(connection: Connection): void {
  const socket = (connection as unknown as { readonly _sock: Socket })._sock;
  const write = socket.write.bind(socket);
  const pieces: Buffer[] = [];
  socket.write = (piece: string | Uint8Array) => {
    if (pieces.push(Buffer.from(piece as Uint8Array)) === 1) setImmediate(() => write(Buffer.concat(pieces.splice(0))));
    return true;
  };
}

test('an answer that comes in one piece with its exit status and the word that the command runs is heard', async () => {
  const sections = await meeting(
    {
      onReady: inOnePiece,
      onShell: (channel, _, command) => {
        if (command === 'uname -s') channel.write('Linux\n');
        channel.exit(command === 'uname -s' ? 0 : 127);
        channel.end();
      },
    },
    async (input) => {
      const session = await agent().open(input);
      const heard = await all(session);
      await session.close();
      return heard;
    },
  );
  const os = sections.find((it) => it.name === 'os')?.data as { family?: string };
  assert.equal(os.family, 'Linux');
});
