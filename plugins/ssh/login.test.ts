/** Who gets in at Debian’s OpenSSH server, who does not, and whose host key is believed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { agent, eventually, failureOf, getsIn, type Input, sectionOf } from './testing/agent.js';
import { noOpenSsh, type OpenSsh, startOpenSsh, username } from './testing/openssh.js';

const unavailable = noOpenSsh();

describe('with an OpenSSH server', { skip: unavailable ?? false }, () => {
  let server: OpenSsh;
  before(async () => {
    server = await startOpenSsh({ hostKeys: ['ed25519', 'ecdsa'] });
  });
  after(async () => server?.stop());

  const byPassword = (more: Input = {}): Input => ({
    port: server.port,
    account: { username, password: server.password },
    ...more,
  });
  const byKeys = (clientKeys: object[], more: Input = {}): Input => ({
    port: server.port,
    account: { username, clientKeys },
    ...more,
  });

  test('a password gets in', () => getsIn(byPassword()));

  test('a wrong password is refused, and told without the password', async () => {
    const { open, logs, host } = agent();
    const canary = 'canary-7f3a';
    const error = await failureOf(open(byPassword({ account: { username, password: canary } })), 'E_LOGIN', [canary]);
    // The server has said so; nobody hung up.
    assert.match(error.remedy ?? '', /^check the username and the password/);
    assert.equal(error.place, `log in to 127.0.0.1:${server.port} as ${username}`);
    assert.ok(![...logs.flat(), ...host.log.lines].join('\n').includes(canary));
  });

  test('an account with neither password nor key is refused', async () => {
    const error = await failureOf(agent().open({ port: server.port, account: { username } }), 'E_LOGIN_METHOD');
    assert.match(error.remedy ?? '', /add a password or clientKeys/);
  });

  test('a wrong passphrase is told with the name of the file', async () => {
    server.key('locked', ['-t', 'ed25519', '-N', 'open sesame']);
    const canary = 'canary-91bc';
    const input = byKeys([{ filename: 'locked', passphrase: canary }]);
    const error = await failureOf(agent().open(input, { directory: server.folder }), 'E_CREDENTIAL', [canary]);
    assert.match(error.message, /locked/);
  });

  test('a key file that cannot be used takes nothing from the others', async () => {
    server.key('good', ['-t', 'ed25519']);
    const { open, logs } = agent();
    await (await open(byKeys([{ filename: 'absent' }, { filename: 'good' }]), { directory: server.folder })).close();
    assert.match(logs.flat().join('\n'), /WARNING private key file not usable.*absent/);
  });

  test('a key that the server does not know gives way to the password', async () => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(server.folder, 'stranger')]);
    const account = { username, password: server.password, clientKeys: [{ filename: 'stranger' }] };
    await getsIn(byPassword({ account }), server.folder);
  });

  test('the key of a new host is stored with a warning, with its other keys, and is known the next time', async () => {
    const { open, logs, host } = agent();
    const first = await open(byPassword());
    const fingerprint = server.fingerprint('ed25519');
    assert.match(
      logs.flat().join('\n'),
      new RegExp(`WARNING new host key stored: 127.0.0.1:.*${fingerprint.replace(/[+/]/g, '.')}`),
    );
    const identity = await sectionOf(first, 'identity');
    assert.deepEqual(identity.hostKeys, [fingerprint, server.fingerprint('ecdsa')].sort());
    await first.close();
    const stored = (await host.state.read('known_hosts')) ?? '';
    const [, type, key] = readFileSync(join(server.folder, 'host_ed25519.pub'), 'utf8').match(/^(\S+) (\S+)/) ?? [];
    assert.ok(stored.includes(`[127.0.0.1]:${server.port} ${type} ${key}\n`));
    assert.match(stored, /ecdsa-sha2-nistp256/);
    logs.length = 0;
    await (await open(byPassword())).close();
    assert.deepEqual(logs.flat(), []);
  });

  test('a changed host key is refused with both fingerprints, before the password is sent', async () => {
    const { open, host } = agent();
    await (await open(byPassword())).close();
    const stored = await host.state.read('known_hosts');
    const old = server.fingerprint('ed25519');
    const successor = await startOpenSsh({ hostKeys: ['ed25519', 'ecdsa'] });
    try {
      // The successor answers where the first server was known.
      const moved = agent();
      await moved.host.state.write('known_hosts', (stored ?? '').replaceAll(`:${server.port} `, `:${successor.port} `));
      const input = { port: successor.port, account: { username, password: successor.password } };
      const error = await failureOf(moved.open(input), 'E_HOST_KEY', [successor.password]);
      assert.ok(error.message.includes(successor.fingerprint('ed25519')), error.message);
      assert.ok(error.message.includes(old), error.message);
      assert.match(error.remedy ?? '', /known_hosts/);
    } finally {
      await successor.stop();
    }
  });

  test('a host known by one type of key cannot come with another type', async () => {
    const { open, host } = agent();
    const first = await open(byPassword());
    // By then the server has told its other keys.
    await sectionOf(first, 'os');
    await first.close();
    const lines = ((await host.state.read('known_hosts')) ?? '').split('\n');
    const other = agent();
    await other.host.state.write('known_hosts', lines.filter((line) => line.includes('ecdsa')).join('\n'));
    // The server has that type: it is asked for it, and is known.
    await (await other.open(byPassword())).close();
    const single = await startOpenSsh({ hostKeys: ['ed25519'] });
    try {
      const third = agent();
      const text = lines.filter((line) => line.includes('ecdsa')).join('\n');
      await third.host.state.write('known_hosts', text.replaceAll(`:${server.port} `, `:${single.port} `));
      await failureOf(
        third.open({ port: single.port, account: { username, password: single.password } }),
        'E_HOST_KEY',
      );
    } finally {
      await single.stop();
    }
  });

  test('allowPasswordToNewHost = false refuses a new host and lets a known one in', async () => {
    const { open, host } = agent();
    const strict = byPassword({ allowPasswordToNewHost: false });
    const error = await failureOf(open(strict), 'E_HOST_KEY', [server.password]);
    assert.equal(await host.state.read('known_hosts'), undefined);
    const line = /known_hosts of the ssh plug-in: (.*)$/.exec(error.remedy ?? '')?.[1];
    const other = agent();
    await other.host.state.write('known_hosts', `${line}\n`);
    await (await other.open(strict)).close();
  });
});

describe('with an OpenSSH server of special habits', { skip: unavailable ?? false }, () => {
  async function serving<T>(
    options: Parameters<typeof startOpenSsh>[0],
    use: (server: OpenSsh) => Promise<T>,
  ): Promise<T> {
    const server = await startOpenSsh(options);
    try {
      return await use(server);
    } finally {
      await server.stop();
    }
  }
  const account = (server: OpenSsh) => ({ port: server.port, account: { username, password: server.password } });

  test('a server that only asks interactively is answered with the password', () =>
    serving({ config: ['PasswordAuthentication no', 'KbdInteractiveAuthentication yes'] }, async (server) => {
      await getsIn(account(server));
      await failureOf(agent().open({ port: server.port, account: { username, password: 'wrong' } }), 'E_LOGIN');
    }));

  test('a server that wants a key and then a password gets both', () =>
    serving({ config: ['AuthenticationMethods publickey,password'] }, async (server) => {
      server.key('id', ['-t', 'ed25519']);
      const both = { username, password: server.password, clientKeys: [{ filename: 'id' }] };
      await getsIn({ port: server.port, account: both }, server.folder);
      // The password alone was never asked for, and counts against no account.
      await failureOf(agent().open(account(server)), 'E_LOGIN_METHOD');
    }));

  test('one wrong password is one failure at the server, also where it offers two ways to give it', () =>
    serving({ config: ['KbdInteractiveAuthentication yes', 'MaxAuthTries 2', 'LogLevel VERBOSE'] }, async (server) => {
      const { open } = agent();
      await failureOf(open({ port: server.port, account: { username, password: 'wrong' } }), 'E_LOGIN');
      await eventually(() => server.log().includes('Failed'));
      assert.equal(server.log().split('Failed ').length - 1, 1, server.log());
    }));

  test('an old server is refused, and let in where legacyAlgorithms says so', () =>
    serving(
      {
        hostKeys: ['rsa'],
        config: [
          'HostKeyAlgorithms ssh-rsa',
          'Ciphers aes128-cbc',
          'MACs hmac-sha1',
          'KexAlgorithms diffie-hellman-group14-sha1',
        ],
      },
      async (server) => {
        const error = await failureOf(agent().open(account(server)), 'E_UNSUPPORTED');
        assert.match(error.remedy ?? '', /legacyAlgorithms/);
        await getsIn({ ...account(server), legacyAlgorithms: true });
      },
    ));
});
