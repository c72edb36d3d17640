/**
 * Every way to log in at Debian’s OpenSSH: who gets in by it and, where nobody does, in which words it is told. The table at the end is
 * what the README says.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Failure, FailureCode } from 'ksocket/plugin';
import { agent, failureOf, type Input } from './testing/agent.js';
import { noOpenSsh, type OpenSsh, type OpenSshOptions, plainPam, startOpenSsh, username } from './testing/openssh.js';

const unavailable = noOpenSsh();
const noPuttygen = existsSync('/usr/bin/puttygen') ? undefined : 'needs putty-tools';
const phrase = 'open sesame';

const rows: [kind: string, result: string][] = [];
after(() => {
  const width = Math.max(...rows.map(([kind]) => kind.length));
  for (const [kind, result] of rows) console.log(`${kind.padEnd(width)}  ${result}`);
});

async function getsIn(kind: string, input: Input, directory = '.') {
  const { open, findings } = agent();
  await (await open(input, { directory })).close();
  const told = findings.map((it) => it.finding).filter((it) => it !== 'new-host-key');
  rows.push([kind, ['in', ...told].join(', ')]);
  return told;
}

async function staysOut(kind: string, code: FailureCode, input: Input, directory = '.'): Promise<Failure> {
  const account = input.account as { password?: string; clientKeys?: { passphrase?: string }[] };
  const secrets = [account.password, ...(account.clientKeys ?? []).map((it) => it.passphrase)].filter(Boolean);
  const failure = await failureOf(agent().open(input, { directory }), code, secrets as string[]);
  rows.push([kind, failure.sentence.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST').replaceAll(`${directory}/`, '')]);
  return failure;
}

async function serving<T>(options: OpenSshOptions, use: (server: OpenSsh) => Promise<T>): Promise<T> {
  const server = await startOpenSsh(options);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

const account = (server: OpenSsh, more: Input = {}): Input => ({
  port: server.port,
  account: { username, password: server.password, ...more },
});
const keysOnly = (server: OpenSsh, ...clientKeys: Input[]): Input => ({
  port: server.port,
  account: { username, clientKeys },
});

describe('key files', { skip: unavailable ?? false }, () => {
  let server: OpenSsh;
  before(async () => {
    server = await startOpenSsh();
  });
  after(() => server?.stop());

  const types = {
    ed25519: ['-t', 'ed25519'],
    'rsa 2048': ['-t', 'rsa', '-b', '2048'],
    'ecdsa p256': ['-t', 'ecdsa', '-b', '256'],
    'ecdsa p384': ['-t', 'ecdsa', '-b', '384'],
    'ecdsa p521': ['-t', 'ecdsa', '-b', '521'],
  };
  const largerCurves = ['ecdsa p384', 'ecdsa p521'];
  const forms: [form: string, options: string[]][] = [
    ['OpenSSH', []],
    // PKCS#1 for RSA, SEC 1 for ECDSA; Ed25519 has none, and ssh-keygen writes its own container.
    ['PEM', ['-m', 'PEM']],
    ['PKCS#8', ['-m', 'PKCS8']],
  ];
  for (const [type, options] of Object.entries(types)) {
    for (const [form, more] of forms) {
      for (const passphrase of [undefined, phrase]) {
        if (type === 'ed25519' && form !== 'OpenSSH') continue;
        // Encryption does not look at the curve.
        if (passphrase !== undefined && largerCurves.includes(type)) continue;
        const kind = `${type}, ${form}${passphrase === undefined ? '' : ', encrypted'}`;
        test(`${kind} gets in`, async () => {
          const filename = kind.replace('#', '');
          server.key(filename, [...options, ...more, ...(passphrase === undefined ? [] : ['-N', passphrase])]);
          await getsIn(kind, keysOnly(server, { filename, passphrase }), server.folder);
        });
      }
    }
  }

  for (const passphrase of [undefined, phrase]) {
    const kind = `ed25519, PKCS#8 of OpenSSL${passphrase === undefined ? '' : ', encrypted (PBES2)'}`;
    test(`${kind} gets in`, async () => {
      const file = join(server.folder, passphrase === undefined ? 'openssl' : 'openssl-encrypted');
      const encryption = passphrase === undefined ? [] : ['-aes256', '-pass', `pass:${passphrase}`];
      const quiet = { stdio: 'pipe' } as const;
      execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', ...encryption, '-out', file], quiet);
      const given = passphrase === undefined ? [] : ['-passin', `pass:${passphrase}`];
      const der = execFileSync('openssl', ['pkey', '-in', file, ...given, '-pubout', '-outform', 'DER'], quiet);
      const part = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
      const blob = Buffer.concat([part(Buffer.from('ssh-ed25519')), part(der.subarray(-32))]);
      writeFileSync(join(server.folder, 'authorized_keys'), `ssh-ed25519 ${blob.toString('base64')}\n`, { flag: 'a' });
      await getsIn(kind, keysOnly(server, { filename: file, passphrase }));
    });
  }

  for (const [type, options] of Object.entries(types)) {
    for (const [version, passphrase] of [
      ['2', undefined],
      ['2', phrase],
      ['3', undefined],
      ['3', phrase],
    ] as const) {
      if (largerCurves.includes(type) && (version === '3' || passphrase !== undefined)) continue;
      const kind = `${type}, PuTTY version ${version}${passphrase === undefined ? '' : ', encrypted'}`;
      const argon2 = 'argon2Sync' in (process.getBuiltinModule?.('node:crypto') ?? {});
      const outcome = version === '3' && passphrase !== undefined && !argon2 ? 'is told to be converted' : 'gets in';
      test(`${kind} ${outcome}`, { skip: noPuttygen ?? false }, async () => {
        const source = server.key(`for ${kind}`, options);
        const filename = `${kind}.ppk`;
        const secret = join(server.folder, 'phrase');
        writeFileSync(secret, passphrase ?? '');
        const how = ['-O', 'private', '--ppk-param', `version=${version}`, '--new-passphrase', secret];
        execFileSync('puttygen', [source, ...how, '-o', join(server.folder, filename)], { stdio: 'pipe' });
        const input = keysOnly(server, { filename, passphrase });
        if (outcome === 'gets in') return void (await getsIn(kind, input, server.folder));
        assert.match((await staysOut(kind, 'E_CREDENTIAL', input, server.folder)).message, /puttygen/);
      });
    }
  }

  test('a wrong, a missing passphrase and a missing file are told with the name of the file, whatever the format', async () => {
    const openssh = (name: string, ...options: string[]) => server.key(name, ['-t', 'ecdsa', '-N', phrase, ...options]);
    openssh('locked.openssh');
    openssh('locked.pem', '-m', 'PEM');
    openssh('locked.pkcs8', '-m', 'PKCS8');
    for (const filename of ['locked.openssh', 'locked.pem', 'locked.pkcs8']) {
      const wrong = keysOnly(server, { filename, passphrase: 'canary-91bc' });
      const error = await staysOut(`${filename}, wrong passphrase`, 'E_CREDENTIAL', wrong, server.folder);
      assert.match(error.message, new RegExp(`${filename}: wrong passphrase`));
      const none = keysOnly(server, { filename });
      const missing = await staysOut(`${filename}, no passphrase`, 'E_CREDENTIAL', none, server.folder);
      assert.match(missing.message, new RegExp(`${filename}: the key is encrypted: add its passphrase`));
    }
    const absent = await staysOut('a file that is not there', 'E_CREDENTIAL', keysOnly(server, { filename: 'absent' }));
    assert.match(absent.message, /absent/);
  });

  test('a key with a certificate of the user’s is tried as the plain key', async () => {
    const ca = server.key('user-ca', ['-t', 'ed25519']);
    await serving({ config: [`TrustedUserCAKeys ${ca}.pub`] }, async (trusting) => {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(trusting.folder, 'certified')]);
      execFileSync('ssh-keygen', [
        '-q',
        '-s',
        ca,
        '-I',
        'test',
        '-n',
        username,
        join(trusting.folder, 'certified.pub'),
      ]);
      const input = keysOnly(trusting, { filename: 'certified' });
      await staysOut('ed25519 with a certificate', 'E_LOGIN_METHOD', input, trusting.folder);
    });
  });
});

describe('passwords and questions', { skip: unavailable ?? false }, () => {
  const interactive = ['PasswordAuthentication no', 'KbdInteractiveAuthentication yes'];

  test('a password, right or wrong', () =>
    serving({}, async (server) => {
      await getsIn('password', account(server));
      await staysOut('password, wrong', 'E_LOGIN', account(server, { password: 'canary-7f3a' }));
    }));

  test('a password as answer to a question, right or wrong', () =>
    serving({ config: interactive }, async (server) => {
      await getsIn('keyboard-interactive (PAM)', account(server));
      await staysOut('keyboard-interactive, wrong', 'E_LOGIN', account(server, { password: 'canary-7f3a' }));
    }));

  test('a one-time code is not answered with the password, and not counted as a wrong one', () =>
    serving(
      {
        config: [...interactive, 'LogLevel VERBOSE'],
        pam: [
          'auth required pam_unix.so nodelay',
          'auth required pam_oath.so usersfile=/nonexistent',
          ...plainPam.slice(1),
        ],
      },
      async (server) => {
        const kind = 'keyboard-interactive, then a one-time code';
        const error = await staysOut(kind, 'E_LOGIN_METHOD', account(server));
        assert.match(error.message, /asks "One-time password \(OATH\)/);
        assert.doesNotMatch(server.log(), /Failed/);
      },
    ));

  test('a code that is asked for first gets no password', () =>
    serving(
      {
        config: interactive,
        pam: ['auth required pam_oath.so usersfile=/nonexistent', 'auth required pam_unix.so', ...plainPam.slice(1)],
      },
      async (server) => {
        await staysOut('keyboard-interactive, a one-time code first', 'E_LOGIN_METHOD', account(server));
      },
    ));

  test('an expired password is not changed, and told as such', () =>
    serving({ config: interactive, passwordChanged: 0 }, async (server) => {
      const error = await staysOut('keyboard-interactive, expired password', 'E_LOGIN_METHOD', account(server));
      assert.match(error.message, /asks "/);
    }));

  test('an account without a password is entered, and that it is open is a finding', () =>
    serving({ password: '', config: ['PermitEmptyPasswords yes'] }, async (server) => {
      const input = { port: server.port, account: { username, password: 'not needed' } };
      assert.deepEqual(await getsIn('none (an account without a password)', input), ['open-login']);
    }));
});

describe('several steps, many keys', { skip: unavailable ?? false }, () => {
  for (const [methods, more] of [
    ['publickey,password', []],
    ['publickey,keyboard-interactive', ['KbdInteractiveAuthentication yes']],
    ['password,publickey', []],
    ['keyboard-interactive,publickey', ['KbdInteractiveAuthentication yes']],
    ['password,keyboard-interactive', ['KbdInteractiveAuthentication yes']],
    ['publickey,publickey', []],
  ] as [string, string[]][]) {
    test(`${methods}, both asked for, gets in; one alone does not`, () =>
      serving({ config: [`AuthenticationMethods ${methods}`, ...more] }, async (server) => {
        server.key('one', ['-t', 'ed25519']);
        server.key('two', ['-t', 'ecdsa']);
        const clientKeys = [{ filename: 'one' }, { filename: 'two' }];
        await getsIn(methods, account(server, { clientKeys }), server.folder);
        if (!methods.includes('publickey')) return;
        const half = keysOnly(server, { filename: 'one' });
        await staysOut(`${methods}, with one key alone`, 'E_LOGIN_METHOD', half, server.folder);
      }));
  }

  const strangers = (server: OpenSsh, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const filename = `stranger${i}`;
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(server.folder, filename)]);
      return { filename };
    });

  test('eleven keys that the server does not know come before the right one, and the server sees nobody try too often', () =>
    serving({ config: ['LogLevel VERBOSE'] }, async (server) => {
      server.key('right', ['-t', 'ed25519']);
      const keys = [...strangers(server, 11), { filename: 'right' }];
      await getsIn('the twelfth key (MaxAuthTries 6)', keysOnly(server, ...keys), server.folder);
      assert.doesNotMatch(server.log(), /maximum authentication attempts|Too many/);
    }));

  test('behind seven unknown keys the password still gets its turn, once', () =>
    serving({ config: ['LogLevel VERBOSE'] }, async (server) => {
      const clientKeys = strangers(server, 7);
      await getsIn('a password after seven keys', account(server, { clientKeys }), server.folder);
      const wrong = account(server, { clientKeys, password: 'canary-7f3a' });
      await staysOut('a wrong password after seven keys', 'E_LOGIN', wrong, server.folder);
      assert.equal(server.log().split('Failed password').length - 1, 1, server.log());
    }));

  test('a server that ends the connection at the second key is asked again with the others', () =>
    serving({ config: ['MaxAuthTries 2'] }, async (server) => {
      server.key('right', ['-t', 'ed25519']);
      const keys = [...strangers(server, 5), { filename: 'right' }];
      await getsIn('the sixth key (MaxAuthTries 2)', keysOnly(server, ...keys), server.folder);
    }));

  test('keys of a running agent are not used', () =>
    serving({}, async (server) => {
      const key = server.key('in-agent', ['-t', 'ed25519']);
      const socket = join(server.folder, 'agent');
      const before = process.env.SSH_AUTH_SOCK;
      const said = execFileSync('ssh-agent', ['-a', socket, '-s'], { encoding: 'utf8' });
      try {
        process.env.SSH_AUTH_SOCK = socket;
        execFileSync('ssh-add', ['-q', key], { stdio: 'pipe' });
        await staysOut('a key in ssh-agent only', 'E_LOGIN_METHOD', { port: server.port, account: { username } });
      } finally {
        process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]));
        if (before === undefined) delete process.env.SSH_AUTH_SOCK;
        else process.env.SSH_AUTH_SOCK = before;
      }
    }));
});
