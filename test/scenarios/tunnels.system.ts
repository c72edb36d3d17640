/**
 * Chains of hops as an operator sets them up: each host in a network namespace of its own with Debian’s OpenSSH, each with a key of its
 * own, and `ksocket diagnostics credentials` at the near end. Two networks have the same private address behind different hops.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';

const username = 'ksocket-test';
const main = resolve(import.meta.dirname ?? '.', '../../cli/main.js');

/** What the shell of one host ends up as; nobody else sleeps for so long. */
const stuckBy = 'sleep 86317';

/** Who stands where: the chain alpha, beta, gamma, delta; and behind the doors north and south a host with the same address. */
const hosts: Record<string, { addresses: readonly string[]; config?: string; listens?: string }> = {
  alpha: { addresses: ['10.71.1.2', '10.71.2.1'] },
  beta: { addresses: ['10.71.2.2', '10.71.3.1'] },
  gamma: { addresses: ['10.71.3.2', '10.71.4.1'] },
  delta: { addresses: ['10.71.4.2', '10.71.5.1'] },
  // Its shell says a part of its answers and then nothing more, for a whole day.
  stuck: {
    addresses: ['10.71.5.2'],
    config: `ForceCommand /bin/sh | { dd bs=1 count=12000 status=none; exec ${stuckBy}; }`,
  },
  north: { addresses: ['10.71.1.3', '192.168.0.1'] },
  'north-inside': { addresses: ['192.168.0.10'] },
  south: { addresses: ['10.71.1.4', '192.168.0.1'] },
  'south-inside': { addresses: ['192.168.0.10'] },
  // It lets people in, and forwards nothing.
  closed: { addresses: ['10.71.1.5', '10.71.9.1'], config: 'AllowTcpForwarding no' },
  // It takes connections, and says nothing.
  tarpit: { addresses: ['10.71.1.6'], listens: `${process.execPath} -e 'net.createServer().listen(22)'` },
};
/** The wires between them; the agent is at the bridge of the first network. */
const wires: readonly (readonly [from: string, to: string])[] = [
  ['alpha', 'beta'],
  ['beta', 'gamma'],
  ['gamma', 'delta'],
  ['delta', 'stuck'],
  ['north', 'north-inside'],
  ['south', 'south-inside'],
];

function unavailable(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  if (!existsSync('/usr/sbin/sshd') || !existsSync('/usr/sbin/ip')) return 'needs openssh-server and iproute2';
  return undefined;
}

describe('hosts behind hops', { skip: unavailable() ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-tunnels-'));
  const home = join(folder, 'home');
  let world: ChildProcess;
  let inside = '';

  before(async () => {
    chmodSync(folder, 0o755);
    for (const [name, { config = '' }] of Object.entries(hosts)) {
      for (const key of [`${name}.host`, name])
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', join(folder, key)]);
      cpSync(join(folder, `${name}.pub`), join(folder, `${name}.permitted`));
      writeFileSync(
        join(folder, `${name}.conf`),
        `HostKey ${folder}/${name}.host\nPidFile none\nStrictModes no\nAuthorizedKeysFile ${folder}/${name}.permitted\n` +
          `UsePAM no\nUseDNS no\nPasswordAuthentication no\n${config}\n`,
      );
    }
    execFileSync('sh', ['-c', `cp /etc/passwd passwd; echo '${username}:x:48214:48214::/:/bin/sh' >>passwd`], {
      cwd: folder,
    });
    execFileSync('sh', ['-c', `umask 077; cp /etc/shadow shadow; echo '${username}:*:20000:0:99999:7:::' >>shadow`], {
      cwd: folder,
    });
    world = spawn('unshare', ['--net', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-ec', script()], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const chunk of world.stdout ?? []) {
      said += chunk;
      if (said.includes('ready')) break;
    }
    assert.match(said, /ready/);
    inside = execFileSync('pgrep', ['-P', String(world.pid)], { encoding: 'utf8' }).trim();
    mkdirSync(join(home, 'etc/ksocket/credentials/ssh'), { recursive: true });
    writeFileSync(join(home, 'etc/ksocket/ksocket.toml'), '[connect]\ntoken = "none"\n', { mode: 0o600 });
  });
  after(async () => {
    world?.stdin?.end();
    if (world !== undefined && world.exitCode === null) await once(world, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  function script(): string {
    const lines = [
      'mount -t tmpfs tmpfs /run; mkdir -m 755 /run/sshd /run/netns',
      'mount --bind passwd /etc/passwd; mount --bind shadow /etc/shadow',
      'ip link set lo up; ip link add name net1 type bridge; ip addr add 10.71.1.1/24 dev net1; ip link set net1 up',
      ...Object.keys(hosts).map((name) => `ip netns add ${name}; ip -n ${name} link set lo up`),
    ];
    let wire = 0;
    const plug = (name: string, end: string, address: string | undefined) => {
      lines.push(`ip link set ${end} netns ${name}; ip -n ${name} addr add ${address}/24 dev ${end}`);
      lines.push(`ip -n ${name} link set ${end} up`);
    };
    for (const [name, { addresses }] of Object.entries(hosts)) {
      if (!addresses[0]?.startsWith('10.71.1.')) continue;
      wire += 1;
      lines.push(`ip link add w${wire} type veth peer name v${wire}; ip link set w${wire} master net1 up`);
      plug(name, `v${wire}`, addresses[0]);
    }
    for (const [from, to] of wires) {
      wire += 1;
      lines.push(`ip link add w${wire} type veth peer name v${wire}`);
      plug(from, `w${wire}`, hosts[from]?.addresses[1]);
      plug(to, `v${wire}`, hosts[to]?.addresses[0]);
    }
    for (const [name, { listens = `/usr/sbin/sshd -D -e -f ${name}.conf` }] of Object.entries(hosts))
      lines.push(`ip netns exec ${name} ${listens} 2>${name}.log &`);
    // A server listens before it says so.
    for (const name of Object.keys(hosts).filter((it) => hosts[it]?.listens === undefined))
      lines.push(`until grep -q 'Server listening' ${name}.log; do sleep 0.05; done`);
    return [...lines, 'echo ready', 'read -r end || true'].join('\n');
  }

  /** Credential files by name: for whom, with whose key, through which hops. */
  function files(
    all: Record<string, { address: string; key: string; hops?: readonly string[]; timeout?: number }>,
  ): void {
    const place = join(home, 'etc/ksocket/credentials/ssh');
    rmSync(place, { recursive: true });
    mkdirSync(place, { mode: 0o700 });
    for (const [name, { address, key, hops = [], timeout = 30 }] of Object.entries(all)) {
      const text = [
        `includes = ["${address}"]`,
        `timeout = ${timeout}`,
        `sshTunnels = ${JSON.stringify(hops)}`,
        '[account]',
        `username = "${username}"`,
        `clientKeys = [{ filename = ${JSON.stringify(join(folder, key))} }]`,
      ];
      writeFileSync(join(place, `${name}.toml`), `${text.join('\n')}\n`, { mode: 0o600 });
    }
  }

  const enter = () => ['--target', inside, '--net', '--mount', '--wdns=/', '--'];
  const within = (...command: string[]) => execFileSync('nsenter', [...enter(), ...command], { encoding: 'utf8' });
  async function ksocket(...args: string[]): Promise<string> {
    const child = spawn('nsenter', [...enter(), process.execPath, main, ...args, '--lang', 'en'], {
      env: { PATH: process.env.PATH, KSOCKET_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(child, 'close');
    return text;
  }
  const logIn = (address: string) => ksocket('diagnostics', 'credentials', address);
  const fingerprint = (name: string) =>
    execFileSync('ssh-keygen', ['-lf', join(folder, `${name}.host.pub`)], { encoding: 'utf8' }).split(' ')[1];
  async function known(): Promise<{ address: string; via?: string[]; fingerprint: string; state: string }[]> {
    return JSON.parse(await ksocket('hostkeys', 'list', '--json'));
  }

  const hop = (name: string) => ({ address: hosts[name]?.addresses[0] ?? '', key: name });
  const chain = { alpha: hop('alpha'), beta: hop('beta'), gamma: hop('gamma') };
  const toBeta = ['10.71.1.2', '10.71.2.2'];

  test('two hops and three, each with the key of its own file, lead to the host behind them', async () => {
    files({
      ...chain,
      far: { address: '10.71.4.2', key: 'delta', hops: [...toBeta, '10.71.3.2'] },
      ...{ gamma: { ...hop('gamma'), hops: toBeta } },
    });
    assert.match(await logIn('10.71.3.2'), /Log in with ssh\/gamma\.toml.*OK/i);
    assert.match(await logIn('10.71.4.2'), /Log in with ssh\/far\.toml.*OK/i);
    for (const address of ['10.71.3.2', '10.71.4.2']) {
      const said = await ksocket('collect', address);
      assert.match(said, /ssh/, said);
    }
    const keys = await known();
    const of = (name: string) => keys.find((it) => it.fingerprint === fingerprint(name));
    assert.deepEqual([of('alpha')?.address, of('alpha')?.via], ['10.71.1.2', undefined]);
    assert.deepEqual([of('beta')?.address, of('beta')?.via], ['10.71.2.2', ['10.71.1.2']]);
    assert.deepEqual([of('gamma')?.address, of('gamma')?.via], ['10.71.3.2', toBeta]);
    assert.deepEqual([of('delta')?.address, of('delta')?.via], ['10.71.4.2', [...toBeta, '10.71.3.2']]);
    assert.equal(keys.length, 4);
    assert.match(await ksocket('hostkeys', 'list'), /10\.71\.4\.2 +22 +10\.71\.1\.2 → 10\.71\.2\.2 → 10\.71\.3\.2 /);
  });

  test('the same private address behind another hop is another host, with a key of its own', async () => {
    for (const name of ['north', 'south']) {
      files({
        [name]: hop(name),
        inside: { address: '192.168.0.10', key: `${name}-inside`, hops: [hop(name).address] },
      });
      assert.match(await ksocket('collect', '192.168.0.10'), /machineId|os|ssh/, name);
    }
    const twins = (await known()).filter((it) => it.address === '192.168.0.10');
    assert.deepEqual(
      twins.map((it) => [it.via, it.fingerprint]),
      [
        [['10.71.1.3'], fingerprint('north-inside')],
        [['10.71.1.4'], fingerprint('south-inside')],
      ],
    );
    assert.match(await ksocket('hostkeys', 'forget', '192.168.0.10'), /north|192\.168\.0\.10/);
    assert.equal((await known()).filter((it) => it.address === '192.168.0.10').length, 0);
  });

  test('what goes wrong on the way is told with the hop where it does', async () => {
    const far = { address: '10.71.3.2', key: 'gamma', hops: toBeta };
    files({ alpha: hop('alpha'), far });
    assert.match(await logIn('10.71.3.2'), /hop 10\.71\.2\.2: no credential file matches/);
    files({ alpha: hop('alpha'), beta: { ...hop('beta'), key: 'alpha' }, far });
    assert.match(await logIn('10.71.3.2'), /hop 10\.71\.2\.2: no accepted way to log in/);
    files({
      alpha: hop('alpha'),
      far: { ...far, hops: ['10.71.1.2', '10.71.2.9'] },
      nobody: { address: '10.71.2.9', key: 'beta' },
    });
    assert.match(await logIn('10.71.3.2'), /hop 10\.71\.2\.9: no route or no answer: .*10\.71\.2\.9/);
    files({ tarpit: { ...hop('tarpit'), timeout: 1 }, far: { ...far, hops: ['10.71.1.6'] } });
    assert.match(await logIn('10.71.3.2'), /hop 10\.71\.1\.6: timed out: log in to 10\.71\.1\.6:22/);
    files({ closed: hop('closed'), far: { ...far, hops: ['10.71.1.5'] } });
    assert.match(await logIn('10.71.3.2'), /tunnel not usable: .*10\.71\.1\.5.*\n?.*AllowTcpForwarding/);
  });

  test('strict in policy.toml gives no login to a host whose key nobody has compared, hop or target', async () => {
    files({ ...chain, gamma: { ...hop('gamma'), hops: toBeta } });
    assert.match(await ksocket('hostkeys', 'forget', '10.71.2.2'), /10\.71\.2\.2/);
    writeFileSync(join(home, 'etc/ksocket/policy.toml'), 'hostKeys = "strict"\n');
    assert.match(await logIn('10.71.3.2'), /hop 10\.71\.2\.2: host key not accepted: new host .*strict/);
    // What a scan has refused waits for approval; a diagnosis leaves nothing behind.
    await ksocket('collect', '10.71.3.2');
    const waiting = (await known()).find((it) => it.state === 'refused');
    assert.deepEqual(
      [waiting?.address, waiting?.via, waiting?.fingerprint],
      ['10.71.2.2', ['10.71.1.2'], fingerprint('beta')],
    );
    assert.match(await ksocket('hostkeys', 'approve', '10.71.2.2'), /known/);
    assert.match(await logIn('10.71.3.2'), /Log in with ssh\/gamma\.toml.*OK/i);
    rmSync(join(home, 'etc/ksocket/policy.toml'));
  });

  test('a hop that dies in the middle of a chain is named, and what was read behind it is kept', async () => {
    const hops = [...toBeta, '10.71.3.2', '10.71.4.2'];
    const behind = Object.fromEntries(hops.map((address, i) => [`hop${i}`, { address, hops: hops.slice(0, i) }]));
    const keys = ['alpha', 'beta', 'gamma', 'delta'];
    files({
      ...Object.fromEntries(Object.entries(behind).map(([name, it], i) => [name, { ...it, key: keys[i] ?? '' }])),
      stuck: { address: '10.71.5.2', key: 'stuck', hops },
    });
    const collecting = ksocket('collect', '10.71.5.2');
    const isStuck = () => spawnSync('pgrep', ['-xf', stuckBy]).status === 0;
    while (!isStuck()) await new Promise((resolve) => setTimeout(resolve, 100));
    for (const pid of within('ip', 'netns', 'pids', 'beta').match(/\d+/g) ?? assert.fail('beta has servers'))
      process.kill(Number(pid), 'SIGKILL');
    const said = await collecting;
    assert.match(said, /ssh: partial, tunnel not usable: hop 10\.71\.2\.2: /);
    assert.match(said, /network: ssh \(ssh\/stuck\.toml\), .*, ok/);
    assert.match(said, /security: ssh \(ssh\/stuck\.toml\), .*, truncated/);
    assert.match(said, /10\.71\.5\.2/);
  });
});
