/** The collector against Debian’s OpenSSH server: who gets in, who does not, and what the host then says. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  Failure,
  type FailureCode,
  type NetworkInterface,
  type Section,
  type SectionData,
  type SectionName,
  type Session,
} from 'ksocket/plugin';
import { type TestHost, testCall, testHost } from 'ksocket/testing';
import plugin from './index.js';
import { noOpenSsh, type OpenSsh, startOpenSsh, username } from './testing/openssh.js';

const unavailable = noOpenSsh();
const target = { address: '127.0.0.1', own: false };

type Input = Record<string, unknown>;

function agent() {
  const host: TestHost<unknown> = testHost({});
  const parts = plugin.setup(host);
  const logs: string[][] = [];
  return {
    host,
    logs,
    open(input: Input, options: { signal?: AbortSignal; directory?: string } = {}): Promise<Session> {
      const call = testCall(options);
      logs.push(call.log.lines);
      return parts.open(target, credentialOf(input), call);
    },
  };
}

function credentialOf(input: Input) {
  const result = plugin.credential['~standard'].validate(input);
  if (result instanceof Promise || result.issues) throw new Error(JSON.stringify(result));
  return result.value;
}

/** Opens and closes; what matters is that it could be opened. */
async function getsIn(input: Input, directory = '.'): Promise<void> {
  await (await agent().open(input, { directory })).close();
}

/** The failure of something that must not succeed, without the secrets that were used. */
async function failureOf(work: Promise<unknown>, code: FailureCode, secrets: readonly string[] = []): Promise<Failure> {
  const error = await work.then(
    () => assert.fail('must not succeed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Failure, String(error));
  assert.equal(error.code, code, `${error.message} ${String(error.cause)}`);
  const causes = [error.message, error.stack, error.remedy, String(error.cause), (error.cause as Error)?.stack].join(
    '\n',
  );
  for (const secret of secrets) assert.ok(!causes.includes(secret));
  return error;
}

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
    assert.equal(error.place, `log in to 127.0.0.1:${server.port} as ${username}`);
    assert.ok(![...logs.flat(), ...host.log.lines].join('\n').includes(canary));
  });

  test('an account with neither password nor key is refused', async () => {
    await failureOf(agent().open({ port: server.port, account: { username } }), 'E_LOGIN');
  });

  for (const [name, options, passphrase] of [
    ['ed25519', ['-t', 'ed25519']],
    ['rsa', ['-t', 'rsa', '-b', '2048']],
    ['ecdsa', ['-t', 'ecdsa']],
    ['encrypted ed25519', ['-t', 'ed25519', '-N', 'open sesame'], 'open sesame'],
    ['PEM rsa', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
    ['encrypted PEM rsa', ['-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', 'open sesame'], 'open sesame'],
    ['PKCS#8 rsa', ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8']],
    ['PKCS#8 ecdsa', ['-t', 'ecdsa', '-m', 'PKCS8']],
    ['encrypted PKCS#8 ecdsa', ['-t', 'ecdsa', '-m', 'PKCS8', '-N', 'open sesame'], 'open sesame'],
  ] as [string, string[], string?][]) {
    test(`an ${name} key gets in`, () => {
      const filename = `id ${name.replace('#', '')}`;
      server.key(filename, options);
      return getsIn(byKeys([{ filename, passphrase }]), server.folder);
    });
  }

  test('an ed25519 key in PKCS#8, as OpenSSL writes it, gets in', async () => {
    const file = join(server.folder, 'openssl.pem');
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', file], { stdio: 'ignore' });
    const publicKey = execFileSync('openssl', ['pkey', '-in', file, '-pubout', '-outform', 'DER']).subarray(-32);
    const blob = Buffer.concat([
      Buffer.from([0, 0, 0, 11]),
      Buffer.from('ssh-ed25519'),
      Buffer.from([0, 0, 0, 32]),
      publicKey,
    ]);
    writeFileSync(join(server.folder, 'authorized_keys'), `ssh-ed25519 ${blob.toString('base64')}\n`, { flag: 'a' });
    await getsIn(byKeys([{ filename: 'openssl.pem' }]), server.folder);
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
      new RegExp(`WARNING new host key stored .*${fingerprint.replace(/[+/]/g, '.')}`),
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

  test('two hops lead to a third server, each with its own host key', async () => {
    const { open, host } = agent();
    const first = await open(byPassword());
    const through = (session: Session) => ({
      ...testCall(),
      connect: (address: string, port: number) => session.forward?.(address, port) ?? assert.fail(),
    });
    const parts = plugin.setup(host);
    const second = await parts.open(target, credentialOf(byPassword()), through(first));
    const third = await parts.open(target, credentialOf(byPassword()), through(second));
    assert.equal((await sectionOf(third, 'os')).family, 'Linux');
    for (const session of [third, second, first]) await session.close();
  });

  test('a tunnel to a port where nobody listens fails, and the session lives on', async () => {
    const session = await agent().open(byPassword());
    await failureOf(session.forward?.('127.0.0.1', 1) ?? assert.fail(), 'E_UNREACHABLE');
    assert.equal((await sectionOf(session, 'os')).family, 'Linux');
    await session.close();
  });

  test('a full inspection says what the machine’s own tools say', async () => {
    const session = await agent().open(byPassword());
    await agreesWithThisMachine(session);
    await session.close();
  });

  test('neighbours come first and once, and the script runs once for both questions', async () => {
    const session = await agent().open(byPassword());
    const neighbours = [];
    for await (const it of session.neighbours()) neighbours.push(it);
    const expected = execFileSync('ip', ['-o', 'addr', 'show', 'scope', 'global'], { encoding: 'utf8' });
    for (const it of neighbours.filter((it) => it.source === 'interface'))
      assert.ok(expected.includes(` ${it.address}/`));
    assert.equal(new Set(neighbours.map((it) => `${it.source} ${it.address}`)).size, neighbours.length);
    const began = performance.now();
    await sectionOf(session, 'software');
    const again = performance.now();
    await sectionOf(session, 'software');
    assert.ok(performance.now() - again < Math.max(50, again - began));
    await session.close();
  });

  test('an abort in the middle of an inspection ends it within a second', async () => {
    const controller = new AbortController();
    const session = await agent().open(byPassword(), { signal: controller.signal });
    const inspecting = sectionOf(session, 'os');
    const began = performance.now();
    controller.abort();
    await failureOf(inspecting, 'E_CANCELLED');
    assert.ok(performance.now() - began < 1000);
    await session.close();
  });

  test('nothing of a session is left behind: no process, no file', async () => {
    const processes = () => execFileSync('ps', ['-u', '48213', '-o', 'pid='], { encoding: 'utf8' }).trim();
    const session = await agent().open(byPassword());
    await sectionOf(session, 'os');
    await session.close();
    await eventually(() => quietly(processes) === '');
    assert.deepEqual(
      execFileSync('find', [join(server.folder, 'home')], { encoding: 'utf8' }).trim(),
      join(server.folder, 'home'),
    );
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
      await failureOf(agent().open(account(server)), 'E_LOGIN');
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

  test('a host whose shell is none gives its host key, and says that the rest is unsupported', () =>
    serving({ shell: '/usr/sbin/nologin' }, async (server) => {
      const session = await agent().open(account(server));
      const sections = await all(session);
      assert.deepEqual(
        sections.map((it) => [it.name, it.state]),
        [['identity', 'ok'], ...['os', 'hardware', 'network', 'software'].map((name) => [name, 'unsupported'])],
      );
      for await (const it of session.neighbours()) assert.fail(JSON.stringify(it));
      await session.close();
    }));

  test('a host that echoes what it is sent, as a terminal would, never gets to see the script', () =>
    serving({ config: ['ForceCommand tee seen'] }, async (server) => {
      const session = await agent().open(account(server));
      const asked = sectionOf(session, 'os');
      const seen = () => quietly(() => readFileSync(join(server.folder, 'home', 'seen'), 'utf8'));
      await eventually(() => seen() !== '');
      // What is echoed comes back at once; a script sent upon it would be there before the next answer of the server.
      await failureOf(session.forward?.('127.0.0.1', 1) ?? assert.fail(), 'E_UNREACHABLE');
      assert.match(seen(), /^K=[0-9a-f]{32}; S=0; echo "@\$K \$\(\(40\+2\)\)"\n$/);
      await session.close();
      await failureOf(asked, 'E_CANCELLED');
    }));

  test('serial numbers that only root may read are asked of sudo only where the file permits it', () =>
    serving(
      {
        mounts: [
          'mount -t tmpfs -o mode=755 tmpfs /sys/class',
          'mkdir -p /sys/class/dmi/id',
          'cd /sys/class/dmi/id',
          'echo Acme >sys_vendor; echo S-1 >product_serial; echo 4c4c4544-0058-4b10-8033-b7c04f4c344a >product_uuid',
          'chmod 400 product_serial product_uuid',
          'cd -',
          'mount -t tmpfs -o mode=755 tmpfs /usr/local/sbin',
          // Stand-ins: they say who called them and how.
          `printf '#!/bin/sh\\n[ "$1" = -n ] && shift && exec "$@"\\n' >/usr/local/sbin/sudo`,
          `printf '#!/bin/sh\\nprintf "System Information\\\\n\\\\tSerial Number: S-1\\\\n"\\n' >/usr/local/sbin/dmidecode`,
          'chmod 755 /usr/local/sbin/*',
          // Inside a container SMBIOS is the host’s, and is not asked; this test wants a machine.
          `printf '#!/bin/sh\\necho none\\n' >machine; chmod 755 machine`,
          'mount --bind machine /usr/bin/systemd-detect-virt',
        ],
      },
      async (server) => {
        for (const sudo of [false, true]) {
          const session = await agent().open({ ...account(server), sudo });
          const sections = await all(session);
          const identity = sections.find((it) => it.name === 'identity') as Section<'identity'>;
          const fields = identity.missing?.map((it) => it.field) ?? [];
          assert.equal(identity.data.serial, sudo ? 'S-1' : undefined);
          assert.deepEqual(fields, sudo ? ['uuid'] : ['serial', 'uuid']);
          await session.close();
        }
      },
    ));

  test('a server that goes away in the middle of a session is told as a reset', () =>
    serving({}, async (server) => {
      const session = await agent().open(account(server));
      server.cut();
      await failureOf(sectionOf(session, 'os'), 'E_RESET');
      await session.close();
    }));
});

describe('on the own host', { skip: process.platform === 'win32' ? 'needs a POSIX shell' : false }, () => {
  const own = { address: '127.0.0.1', own: true };

  test('the same script says the same without a credential', async () => {
    const session = await plugin.setup(testHost({})).openOwn?.(own, testCall());
    assert.ok(session);
    await agreesWithThisMachine(session);
    assert.equal((await sectionOf(session, 'identity')).hostKeys, undefined);
    await session.close();
  });

  test('an abort ends the child and all that it has started', async () => {
    const controller = new AbortController();
    const session = await plugin.setup(testHost({})).openOwn?.(own, testCall({ signal: controller.signal }));
    assert.ok(session);
    const inspecting = sectionOf(session, 'os');
    await new Promise(setImmediate);
    controller.abort();
    await failureOf(inspecting, 'E_CANCELLED');
    const children = () => execFileSync('ps', ['--ppid', String(process.pid), '-o', 'comm='], { encoding: 'utf8' });
    await eventually(() => !quietly(children).split('\n').includes('sh'));
    await session.close();
  });

  test('a session that was never asked has started nothing', async () => {
    const session = await plugin.setup(testHost({})).openOwn?.(own, testCall());
    await session?.close();
    await session?.close();
  });
});

test('the diagnosis names the library and its version', async () => {
  for await (const line of plugin.setup(testHost({})).diagnose?.() ?? []) {
    assert.equal(line.ok, true);
    assert.match(line.detail ?? '', /^ssh2 \d/);
  }
});

async function eventually(condition: () => boolean): Promise<void> {
  const limit = performance.now() + 5000;
  while (!condition()) {
    assert.ok(performance.now() < limit, 'not in five seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function quietly(run: () => string): string {
  try {
    return run();
  } catch {
    return '';
  }
}

async function all(session: Session): Promise<Section[]> {
  const sections: Section[] = [];
  for await (const it of session.inspect()) if ('name' in it) sections.push(it);
  return sections;
}

async function sectionOf<N extends SectionName>(session: Session, name: N): Promise<SectionData[N]> {
  const found = (await all(session)).find((it) => it.name === name);
  return (found?.data ?? assert.fail(`no section ${name}`)) as SectionData[N];
}

async function agreesWithThisMachine(session: Session): Promise<void> {
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' }).trim();
  const sections = new Map((await all(session)).map((it) => [it.name as string, it]));
  const os = sections.get('os')?.data as SectionData['os'];
  assert.equal(os.kernel?.release, run('uname', '-r'));
  assert.equal(os.architecture, run('uname', '-m'));
  assert.equal(os.hostname, run('uname', '-n'));
  const btime = Number(/^btime (\d+)/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
  assert.equal(Date.parse(os.bootTime ?? ''), btime * 1000);
  const hardware = sections.get('hardware')?.data as SectionData['hardware'];
  assert.equal(hardware.cpu?.threads, cpus().length);
  assert.equal(hardware.memory?.totalKiB, Number(/MemTotal: +(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]));
  const root = hardware.storage?.filesystems?.find((it) => it.mount === '/');
  assert.equal(root?.sizeKiB, Number(run('df', '-k', '--output=size', '/').split('\n').pop()));
  const network = sections.get('network')?.data as SectionData['network'];
  const links = JSON.parse(run('ip', '-j', 'addr')) as {
    ifname: string;
    mtu: number;
    addr_info: { local: string }[];
  }[];
  assert.deepEqual(network.interfaces?.map((it) => it.name).sort(), links.map((it) => it.ifname).sort());
  for (const link of links) {
    const found: NetworkInterface | undefined = network.interfaces?.find((it) => it.name === link.ifname);
    assert.equal(found?.mtu, link.mtu);
    assert.equal(found?.addresses?.length ?? 0, link.addr_info.length);
  }
  const software = sections.get('software')?.data as SectionData['software'];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const installed = run('dpkg-query', '-W', '-f=${Status} ${Package}\n')
    .split('\n')
    .filter((line) => line.includes(' installed '));
  assert.equal(software.packages?.filter((it) => it.source === 'dpkg').length, installed.length);
}
