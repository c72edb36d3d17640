/** Network equipment behind a real OpenSSH server: sshd starts a program that talks as a device does, on a real terminal. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Neighbour, Section, SectionData, SectionName } from 'ksocket/plugin';
import { testCall, testHost } from 'ksocket/testing';
import ssh2 from 'ssh2';
import { AddressSet, Secret } from '../../core/contract/index.js';
import { guardIn, type Watch } from '../../core/credentials/lockout/index.js';
import plugin from './index.js';
import { agent, all, credentialOf, target } from './testing/agent.js';
import { dialogueFile, readDialogue } from './testing/dialogues.js';
import { noOpenSsh, type OpenSsh, startOpenSsh, username } from './testing/openssh.js';

const unavailable = noOpenSsh();
const program = join(dirname(fileURLToPath(import.meta.url)), 'testing', 'device.js');

type GuardedLogin = ReturnType<Watch['login']>;

interface Met {
  readonly sections: Section[];
  readonly neighbours: Neighbour[];
  /** Lines that the device was sent. */
  readonly typed: string[];
  /** Programs that it was asked for. */
  readonly programs: string[];
}

async function meet(dialogue: string, ...habits: string[]): Promise<Met> {
  const command = `${process.execPath} ${program} ${dialogueFile(dialogue)} ${habits.join(' ')}`;
  const server: OpenSsh = await startOpenSsh({ config: [`ForceCommand ${command}`] });
  try {
    const session = await agent().open({ port: server.port, account: { username, password: server.password } });
    const neighbours: Neighbour[] = [];
    for await (const it of session.neighbours()) neighbours.push(it);
    const sections = await all(session);
    await session.close();
    const kept = (name: string) => {
      const file = join(server.folder, 'home', name);
      return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
    };
    return { sections, neighbours, typed: kept('typed'), programs: kept('programs') };
  } finally {
    await server.stop();
  }
}

function dataOf<N extends SectionName>(met: Met, name: N): SectionData[N] {
  const found = met.sections.find((it) => it.name === name) ?? assert.fail(`no section ${name}`);
  return found.data as SectionData[N];
}

function stateOf(met: Met, name: SectionName): string {
  return met.sections.find((it) => it.name === name)?.state ?? 'absent';
}

/** What a recorded case says, in the file that its parsers are tested with. */
function expected(dialogue: string): { neighbours: Neighbour[]; sections: Section[]; typed: string[] } {
  return JSON.parse(readFileSync(dialogueFile(dialogue, 'expected.json'), 'utf8'));
}

function agrees(met: Met, dialogue: string): void {
  const { sections, neighbours, typed } = expected(dialogue);
  assert.deepEqual(met.typed, typed);
  assert.deepEqual(met.neighbours, neighbours);
  for (const section of sections) {
    const got = met.sections.find((it) => it.name === section.name);
    const without = (it: Section | undefined) => ({ ...it, data: { ...it?.data, hostKeys: undefined } });
    assert.deepEqual(without(got), without(section), section.name);
  }
}

/** A server of ours that says what device it is and hangs up where IOS does; what it was asked for is kept. */
async function meetOwn(
  ident: string,
  guarded?: GuardedLogin,
): Promise<{ asked: string[]; family: string | undefined; logins: number }> {
  const recorded = readDialogue(dialogueFile('ntc-cisco-ios'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const hostKey = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const asked: string[] = [];
  let logins = 0;
  const server = new ssh2.Server({ hostKeys: [hostKey], ident }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) =>
      context.method === 'password' ? context.accept() : context.reject(['password']),
    );
    client.on('ready', () => logins++);
    client.on('session', (accept) => {
      const session = accept();
      session.on('pty', (yes) => yes?.());
      session.on('exec', (yes, _no, { command }) => {
        asked.push(command);
        // As IOS does: a channel, a sentence, and the end of everything.
        const channel = yes();
        channel.write('Line has invalid autocommand');
        setImmediate(() => {
          channel.exit(1);
          channel.end();
          client.end();
        });
      });
      session.on('shell', (yes) => {
        const channel = yes();
        asked.push('shell');
        channel.write(recorded.prompt);
        channel.on('data', (data: Buffer) => {
          const command = data.toString().trim();
          channel.write(
            `${command}\r\n${(recorded.answers.get(command) ?? '').replaceAll('\n', '\r\n')}\r\n${recorded.prompt}`,
          );
        });
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as { port: number };
    const credential = credentialOf({ port, account: { username: 'admin', password: 'secret' } });
    const call = testCall({});
    const beforeSecret = async () => guarded?.beforeSecret(call.signal);
    const session = await plugin.setup(testHost({})).open(target, credential, { ...call, beforeSecret });
    await guarded?.ended(undefined);
    const os = (await all(session)).find((it) => it.name === 'os');
    await session.close();
    return { asked, family: (os?.data as { family?: string } | undefined)?.family, logins };
  } finally {
    server.close();
    await once(server, 'close');
  }
}

describe('a server of our own', { concurrency: 2 }, () => {
  test('who says that it is a switch is not asked for a shell', async () => {
    assert.deepEqual(await meetOwn('Cisco-1.25'), { asked: ['shell'], family: 'IOS', logins: 1 });
  });

  test('a device that hangs up when it is asked for a program is logged in to again', async () => {
    const { asked, family, logins } = await meetOwn('Unknown_1.0');
    assert.equal(family, 'IOS');
    assert.deepEqual(asked, ['/bin/sh', 'uname -s', 'shell']);
    assert.equal(logins, 3);
  });
});

/** One login as a scan makes it, in the eyes of the lockout guard. */
async function guardedLogin(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'ksocket-devices-'));
  t.after(() => rm(folder, { recursive: true }));
  const { clock, random, log } = testHost({});
  const ranges = new AddressSet([]);
  const about = { name: 'ssh/0.toml', directory: '/', includes: ranges, excludes: ranges, fields: {} };
  const credential = { account: { username: 'admin', password: new Secret('secret') } };
  const watch = guardIn(folder, { clock, random, log }).watch();
  return watch.login('ssh', { ...about, accountScope: 'host', credential }, '127.0.0.1');
}

test('a device that hangs up is logged in to again with the lockout guard in place', async (t) => {
  const { family, logins } = await meetOwn('Unknown_1.0', await guardedLogin(t));
  assert.equal(family, 'IOS');
  assert.equal(logins, 3);
});

describe('network equipment', { skip: unavailable ?? false, concurrency: 6 }, () => {
  for (const dialogue of ['ntc-cisco-ios', 'ntc-junos', 'ntc-comware', 'ntc-yamaha', 'synthetic-fortios']) {
    test(`${dialogue} on a terminal tells what the recorded answers say`, async () => {
      const met = await meet(dialogue);
      agrees(met, dialogue);
      // The script was not sent, and nothing else than programs that only show.
      assert.deepEqual(met.programs, ['/bin/sh', 'uname -s']);
      assert.ok((dataOf(met, 'identity').hostKeys ?? []).length > 0);
    });
  }

  test('pages are turned, and colours and wiped words are not part of the answer', async () => {
    agrees(await meet('ntc-comware', 'colours', 'ignores-no-paging'), 'ntc-comware');
    agrees(await meet('ntc-cisco-ios', 'ignores-no-paging'), 'ntc-cisco-ios');
  });

  test('a banner that ends like a prompt is not taken for one', async () => {
    agrees(await meet('ntc-cisco-ios', 'banner-like-a-prompt'), 'ntc-cisco-ios');
  });

  for (const habit of ['menu', 'new-password']) {
    test(`a ${habit} is left in peace: nothing is typed`, async () => {
      const met = await meet('ntc-cisco-ios', habit);
      assert.deepEqual(met.typed, []);
      assert.equal(stateOf(met, 'os'), 'unsupported');
      assert.ok((dataOf(met, 'identity').hostKeys ?? []).length > 0);
    });
  }

  test('a shell that nobody knows is asked for its version once and left', async () => {
    const met = await meet('synthetic-unknown');
    assert.deepEqual(met.typed, ['show version']);
    assert.equal(stateOf(met, 'os'), 'unsupported');
  });

  test('a device that hangs up in the middle keeps what it has said', async () => {
    const met = await meet('ntc-cisco-ios', 'hangs-up');
    assert.equal(dataOf(met, 'os').version, '12.2(54)SG1');
    assert.equal(dataOf(met, 'identity').serial, 'CAT1451S15C');
    assert.deepEqual(
      met.sections.find((it) => it.name === 'network')?.missing?.map((it) => it.state),
      ['truncated', 'truncated'],
    );
  });

  test('endless output ends at its bound', async () => {
    const met = await meet('ntc-cisco-ios', 'endless');
    assert.deepEqual(met.typed, ['show version']);
    assert.equal(stateOf(met, 'os'), 'unsupported');
  });
});
