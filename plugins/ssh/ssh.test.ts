/** What a host says to the collector, and tunnels through it, against Debian’s OpenSSH server and on the own host. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { NetworkInterface, Section, SectionData, Session } from 'ksocket/plugin';
import { testCall, testHost } from 'ksocket/testing';
import plugin from './index.js';
import {
  agent,
  all,
  credentialOf,
  eventually,
  failureOf,
  type Input,
  quietly,
  sectionOf,
  target,
} from './testing/agent.js';
import { noOpenSsh, type OpenSsh, startOpenSsh, uid, username } from './testing/openssh.js';

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
  const _byKeys = (clientKeys: object[], more: Input = {}): Input => ({
    port: server.port,
    account: { username, clientKeys },
    ...more,
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
    // A second run of the script would take longer on any machine.
    assert.ok(performance.now() - again < Math.max(500, again - began));
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
    // Other tests have sessions of the same account: those of this server begin in its folder.
    const home = join(server.folder, 'home');
    const cwds = `for p in $(ps -u ${uid} -o pid=); do readlink /proc/$p/cwd; done`;
    const processes = () => execFileSync('sh', ['-c', cwds], { encoding: 'utf8' });
    const session = await agent().open(byPassword());
    await sectionOf(session, 'os');
    await session.close();
    await eventually(() => !quietly(processes).split('\n').includes(home));
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

  test('a host whose shell is none gives its host key, and says that the rest is unsupported', () =>
    serving({ shell: '/usr/sbin/nologin' }, async (server) => {
      const session = await agent().open(account(server));
      const sections = await all(session);
      assert.deepEqual(
        sections.map((it) => [it.name, it.state]),
        [
          ['identity', 'ok'],
          ...['os', 'hardware', 'network', 'software', 'security'].map((name) => [name, 'unsupported']),
        ],
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
          'mount -t tmpfs -o mode=755 tmpfs /usr/local/bin',
          // Stand-ins: they say who called them and how.
          `printf '#!/bin/sh\\n[ "$1" = -n ] && shift\\n[ "$1" = -l ] && exec echo "(ALL) NOPASSWD: ALL"\\nexec "$@"\\n' >/usr/local/bin/sudo`,
          `printf '#!/bin/sh\\nprintf "System Information\\\\n\\\\tSerial Number: S-1\\\\n"\\n' >/usr/local/bin/dmidecode`,
          'chmod 755 /usr/local/bin/*',
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

  test('a server that goes away in the middle of a session is told as a reset, also where a key was refused before', () =>
    serving({}, async (server) => {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(server.folder, 'stranger')]);
      const both = { username, password: server.password, clientKeys: [{ filename: 'stranger' }] };
      const session = await agent().open({ port: server.port, account: both }, { directory: server.folder });
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
