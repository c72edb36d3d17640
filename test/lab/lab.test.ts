/** The lab is what its description says, seen with the field's own clients from the agent's host, and leaves nothing behind. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, BlockList, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { removeLeftovers } from './folder.js';
import { buildLab, hinoki, type Lab, type LabHost, labMissing } from './index.js';
import { run } from './run.js';

const clients = { ping: 'iputils-ping', ssh: 'openssh-client', snmpget: 'snmp' };
const missing = await labMissing();
if (missing.length === 0)
  for (const [program, source] of Object.entries(clients))
    await run('sh', ['-c', `command -v ${program}`]).catch(() => missing.push(source));
const skip = missing.length > 0 ? `needs ${missing.join(', ')}` : false;

interface Result {
  readonly status: number | null;
  readonly output: string;
  readonly complaint: string;
}

async function inside(
  lab: Lab,
  namespace: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Result> {
  const child = lab.spawn(namespace, argv, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaint = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output: output.trim(), complaint };
}

/** Identities of the namespaces of processes, as links of /proc show them. */
async function namespacesOf(pids: readonly number[]): Promise<Set<string>> {
  const kinds = ['net', 'mnt', 'pid', 'uts'];
  return new Set(await Promise.all(pids.flatMap((pid) => kinds.map((kind) => readlink(`/proc/${pid}/ns/${kind}`)))));
}

/** A process whatever its PID will mean later: PID and start time in clock ticks (proc_pid_stat(5), field 22), and its command line. */
async function processes(): Promise<Map<string, { readonly pid: string; readonly command: string }>> {
  const found = new Map<string, { pid: string; command: string }>();
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    // The second field is a name in brackets, which may hold anything.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const started = fields[18];
    // A zombie holds nothing any more; it waits for whoever takes its exit status.
    if (started !== undefined && state !== 'Z') found.set(`${pid} ${started}`, { pid, command });
  }
  return found;
}

/** Processes that live in one of `namespaces` or have the lab's name on their command line, but for the `earlier` ones. */
async function inhabitants(
  namespaces: ReadonlySet<string>,
  name: string,
  earlier: ReadonlyMap<string, unknown>,
): Promise<string[]> {
  const found: string[] = [];
  for (const [identity, { pid, command }] of await processes()) {
    if (earlier.has(identity)) continue;
    const links = await Promise.all(
      ['net', 'mnt', 'pid', 'uts'].map((kind) => readlink(`/proc/${pid}/ns/${kind}`).catch(() => '')),
    );
    if (command.includes(name) || links.some((link) => namespaces.has(link))) found.push(identity);
  }
  return found;
}

/**
 * Nothing of `inhabitants` lives, and nothing names the lab. Asked of processes, as the number of a namespace that is gone
 * soon belongs to the next one, of another lab maybe; nobody is born into a PID namespace whose process 1 is dead.
 */
async function remains(inhabitants: readonly string[], name: string): Promise<string[]> {
  return [...(await processes())]
    .filter(([identity, { command }]) => inhabitants.includes(identity) || command.includes(name))
    .map(([identity, { command }]) => `${identity} ${command}`);
}

async function assertGone(folder: string, inhabitants: readonly string[], name: string): Promise<void> {
  assert.deepEqual(await remains(inhabitants, name), []);
  await assert.rejects(access(folder), 'the folder is removed');
  assert.ok(!(await readFile('/proc/self/mountinfo', 'utf8')).includes(name), 'no mount is left');
}

describe('the lab', { skip }, () => {
  let lab: Lab;
  let scratch: string;
  const living = () => lab.hosts.filter(({ alive }) => alive);
  const addressOf = (host: LabHost) => host.addresses[0] ?? '';
  const agent = (argv: readonly string[], env?: NodeJS.ProcessEnv) => inside(lab, lab.agent.namespace, argv, env);

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'lab-test-'));
    lab = await buildLab();
  });
  after(async () => {
    await lab?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  test('every address of a living host answers a ping from the agent, but for the one that ignores pings', async () => {
    const addresses = living().flatMap((host) => host.addresses.map((address) => ({ host, address })));
    await Promise.all(
      addresses.map(async ({ host, address }) => {
        const { status } = await agent(['ping', '-n', '-q', '-c', '1', '-W', host.answersPing ? '5' : '1', address]);
        assert.equal(status === 0, host.answersPing, `${host.name} ${address}`);
      }),
    );
  });

  test('nobody answers at a dead address', async () => {
    const dead = lab.hosts.filter(({ alive }) => !alive);
    assert.ok(dead.length >= 3);
    await Promise.all(
      dead.map(async (host) => {
        assert.notEqual(
          (await agent(['ping', '-n', '-q', '-c', '1', '-W', '1', addressOf(host)])).status,
          0,
          host.name,
        );
      }),
    );
  });

  test('a silent host resets TCP connections, and one that only answers pings does not even that', async () => {
    const attempt = `const s = require('net').connect({ host: process.argv[1], port: 80 });
      const done = (word) => { console.log(word); process.exit(); };
      s.on('error', (e) => done(e.code)).on('connect', () => done('open')); setTimeout(done, 800, 'silence');`;
    const outcome = async (name: string) => {
      const host = lab.hosts.find((one) => one.name === name);
      assert.ok(host);
      return (await agent([process.execPath, '-e', attempt, addressOf(host)])).output;
    };
    assert.equal(await outcome('stealth-01'), 'ECONNREFUSED');
    assert.equal(await outcome('kiosk-01'), 'silence');
  });

  /** Logs in by the OpenSSH client with what the matching credential file gives, and asks who is there. */
  async function login(host: LabHost): Promise<Result> {
    const address = addressOf(host);
    const matches = (ranges: readonly string[] | undefined) => {
      const list = new BlockList();
      for (const range of ranges ?? []) {
        const [net = '', prefix] = range.split('/');
        list.addSubnet(net, Number(prefix ?? 32));
      }
      return list.check(address);
    };
    const file = hinoki.credentials.ssh.find((one) => matches(one.includes) && !matches(one.excludes));
    const key = file?.keys?.[0];
    const secret = file?.password ?? hinoki.keys.find(({ name }) => name === key)?.passphrase ?? '';
    const askpass = join(scratch, `askpass-${host.name}`);
    await writeFile(askpass, `#!/bin/sh\necho '${secret}'\n`, { mode: 0o700 });
    const options = {
      StrictHostKeyChecking: 'no',
      UserKnownHostsFile: join(scratch, `known-${host.name}`),
      IdentitiesOnly: 'yes',
      IdentityFile: key === undefined ? 'none' : join(lab.credentials, 'ssh', 'keys', key),
      PreferredAuthentications: key === undefined ? 'password' : 'publickey',
      NumberOfPasswordPrompts: '1',
      ConnectTimeout: '10',
    };
    return agent(
      [
        ...['ssh', '-F', 'none', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])],
        `${file?.username ?? 'ops'}@${address}`,
        'uname -n; cat /etc/machine-id; cat /sys/class/dmi/id/product_name; ls /sys/class/net; cat /sys/class/dmi/id/product_serial',
      ],
      { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0', SSH_AUTH_SOCK: '' },
    );
  }

  test('each kind of SSH login works, or is refused, as the host says, and leads to a machine of its own', async () => {
    const seen = new Set<string>();
    const kinds = new Set<string>();
    await Promise.all(
      living().map(async (host) => {
        if (!host.ssh) return;
        kinds.add(host.ssh.login);
        const { status, output, complaint } = await login(host);
        if (host.ssh.login === 'refused' || host.ssh.login === 'no-credential') {
          assert.equal(status, 255, host.name);
          assert.match(complaint, /Permission denied/, host.name);
          return;
        }
        const [name, machineId, product, ...rest] = output.split('\n');
        assert.equal(name, host.name, complaint);
        assert.equal(machineId, host.machineId);
        assert.equal(product, host.product);
        assert.deepEqual(rest.slice(0, host.addresses.length + 1), [...host.addresses.map((_, n) => `eth${n}`), 'lo']);
        // Only root may read serial numbers in SMBIOS.
        assert.equal(rest[host.addresses.length + 1], host.ssh.username === 'root' ? host.serial : undefined);
        assert.ok(!seen.has(machineId ?? ''), 'every host has its own machine-id');
        seen.add(machineId ?? '');
      }),
    );
    assert.deepEqual([...kinds].sort(), ['encrypted-key', 'key', 'no-credential', 'password', 'refused']);
  });

  test('a host shows the host key whose fingerprint the lab tells', async () => {
    const host = living().find(({ ssh }) => ssh);
    assert.ok(host?.ssh);
    const { output } = await agent(['sh', '-c', `ssh-keyscan -t ed25519 ${addressOf(host)} 2>&- | ssh-keygen -l -f -`]);
    assert.ok(output.includes(host.ssh.fingerprint), output);
  });

  test('every SNMP host answers with its name and its own engine ID, and to its own community only', async () => {
    await Promise.all(
      living().map(async (host) => {
        if (!host.snmp) return;
        const get = (community: string, retries: string) =>
          agent([
            ...['snmpget', '-v2c', '-Oqvx', '-t', '1', '-r', retries, '-m', '', '-c', community],
            ...[addressOf(host), '1.3.6.1.2.1.1.5.0', '1.3.6.1.6.3.10.2.1.1.0'],
          ]);
        const { output, complaint } = await get(host.snmp.community, '5');
        const octets = output.replace(/["\s]/g, '').toLowerCase();
        const name = Buffer.from(`${host.name}.${hinoki.domain}`).toString('hex');
        assert.equal(octets, name + host.snmp.engineId, `${host.name}: ${complaint}`);
        assert.notEqual((await get('public', '0')).status, 0, `${host.name} answers to public`);
      }),
    );
  });

  test('the ARP tables of the routers know the living hosts of their segments, and no dead address', async () => {
    const walk = async (address: string) =>
      (
        await agent(
          'snmpbulkwalk -v2c -Oqn -m  -c hinoki-network -t 2 -r 3'.split(' ').concat(address, '1.3.6.1.2.1.4.22.1.2'),
        )
      ).output;
    const tables = (await walk('10.66.1.1')) + (await walk('10.66.2.2'));
    // A table names the others on a segment, not its router itself.
    for (const host of lab.hosts.filter(({ name }) => !['r1', 'r2'].includes(name)))
      for (const address of host.addresses) assert.equal(tables.includes(`.${address} `), host.alive, address);
  });

  test('a program inside gets its signals, and reports its end, as any child does', async () => {
    const child = lab.spawn('web-01', ['sh', '-c', 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done']);
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
    assert.ok(child.kill('SIGTERM'));
    assert.deepEqual(await once(child, 'exit'), [7, null]);

    const killed = lab.spawn('web-01', ['sh', '-c', 'echo ready; exec sleep 600']);
    assert.ok(killed.stdout);
    await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    assert.deepEqual(await once(killed, 'exit'), [null, 'SIGKILL']);
  });

  test('the hosts write to files of their own, not to the files of the machine', async () => {
    const machines = await readFile('/etc/passwd', 'utf8');
    const attempt =
      'echo "ops2:x:1001:1001::/:/bin/sh" >>/etc/passwd && touch /root/x /home/x /var/x /tmp/x && ls /home';
    assert.deepEqual((await inside(lab, 'web-01', ['sh', '-c', attempt])).output.split('\n'), ['ops', 'x']);
    assert.equal(await readFile('/etc/passwd', 'utf8'), machines);
    const elsewhere = await inside(lab, 'web-01', ['touch', '/usr/x']);
    assert.match(elsewhere.complaint, /Read-only file system/);
    const accounts = (await inside(lab, 'web-01', ['cut', '-d:', '-f1', '/etc/passwd'])).output.split('\n');
    assert.deepEqual(accounts.slice(-2), ['ops', 'ops2']);
    assert.ok(!(await inside(lab, 'web-02', ['cat', '/etc/passwd'])).output.includes('ops2'), 'nor to each other’s');
  });

  test('a relay leads from the agent to a server on the loopback of this machine, both ways and for large answers', async () => {
    const size = 3_000_000;
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let received = 0;
      socket.on('data', (chunk) => {
        received += chunk.length;
      });
      socket.on('end', () => socket.end(Buffer.alloc(received, 'x')));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = `const s = require('net').connect({ port: ${port}, host: '127.0.0.1', allowHalfOpen: true });
      let n = 0; s.on('data', (c) => { n += c.length; }).on('end', () => console.log(n)).on('error', (e) => console.log(e.code));
      s.end(Buffer.alloc(${size}));`;
    const outcome = async () => (await agent([process.execPath, '-e', ask])).output;
    try {
      assert.equal(await outcome(), 'ECONNREFUSED');
      const close = await lab.relay(port);
      assert.equal(await outcome(), String(size));
      await close();
      await close();
      assert.equal(await outcome(), 'ECONNREFUSED');
    } finally {
      server.close();
    }
  });

  test('close() ends every process, namespace and mount of the lab, even of programs still running in it', async () => {
    const earlier = await processes();
    const second = await buildLab();
    const pids = second.hosts.filter(({ alive }) => alive).map(({ name }) => second.pid(name));
    const namespaces = await namespacesOf([...pids, second.pid(second.agent.namespace)]);
    const program = second.spawn(second.agent.namespace, ['sh', '-c', 'echo ready; exec sleep 600']);
    const ended = once(program, 'exit');
    assert.ok(program.stdout);
    await once(program.stdout, 'data');
    const members = await inhabitants(namespaces, second.name, earlier);
    assert.ok(members.length > pids.length);
    assert.ok((await remains(members, second.name)).length >= members.length, 'they are seen while they live');

    await Promise.all([second.close(), second.close()]);
    await ended;
    await assertGone(dirname(second.credentials), members, second.name);
    assert.throws(() => second.pid('web-01'), /closed/);
    assert.equal(
      (await agent(['ping', '-n', '-q', '-c', '1', '-W', '5', '10.66.1.21'])).status,
      0,
      'the first lab is not its concern',
    );
  });

  test('a build that fails names the reason and leaves nothing behind', async () => {
    const folders = async () =>
      (await readdir(tmpdir())).filter((name) => name.startsWith(`ksocket-lab-${process.pid}-`)).sort();
    const before = await folders();
    const lost = { ...hinoki, lans: hinoki.lans.map((lan) => ({ ...lan, routes: ['default via 192.0.2.1'] })) };
    await assert.rejects(buildLab({ company: lost }), /Nexthop has invalid gateway|Network is unreachable/);
    assert.deepEqual(await folders(), before);
  });

  test('what a dead owner left on disk is removed, and what a living one has is kept', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    const leftover = join(tmpdir(), `ksocket-lab-${child.pid}-left`);
    await mkdir(leftover, { recursive: true });
    await removeLeftovers();
    await assert.rejects(access(leftover));
    await access(lab.credentials);
  });

  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const)
    test(`an owner that ends by ${signal} takes its lab along`, async () => {
      const earlier = await processes();
      const owner = spawn(process.execPath, [fileURLToPath(new URL('main.js', import.meta.url))], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(owner, 'exit');
      const lines: string[] = [];
      for await (const line of createInterface({ input: owner.stdout })) {
        lines.push(line);
        if (line.includes('Ctrl-C')) break;
      }
      const folder = /Credentials: (\S+)\/credentials/.exec(lines.join('\n'))?.[1] ?? '';
      const pid = Number(/--target=(\d+)/.exec(lines.join('\n'))?.[1]);
      const name = lines[0]?.split(':')[0] ?? '';
      const members = await inhabitants(await namespacesOf([pid]), name, earlier);
      assert.ok(members.length > 1);
      owner.kill(signal);
      await ended;
      const deadline = AbortSignal.timeout(5000);
      const there = () =>
        access(folder).then(
          () => true,
          () => false,
        );
      while (!deadline.aborted && ((await there()) || (await remains(members, name)).length > 0)) await pause(20);
      await assertGone(folder, members, name);
    });
});
