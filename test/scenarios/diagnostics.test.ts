/** `ksocket diagnostics` as a process, against real peers: a space, TLS of a private authority, a proxy, OpenSSH; and what it may not print. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, type TestContext } from 'node:test';
import { canaryUser, plainPassword } from '../../core/link/testing/attempt.js';
import { Authorities, noOpenssl } from '../../core/link/testing/certificates.js';
import { closePeers, noProxies, stunnel, tinyproxy } from '../../core/link/testing/peers.js';
import { noOpenSsh, startOpenSsh, username } from '../../plugins/ssh/testing/openssh.js';
import { ksocketProgram } from '../start/processes.js';
import { Stage } from '../start/stage.js';
import { type Ended, homeOf, ksocket } from './typed.js';

after(closePeers);

interface Diagnosed extends Ended {
  /** Below the header. */
  readonly body: string;
}

/** `secrets` may stand nowhere in what it prints. */
async function diagnostics(
  home: string,
  args: readonly string[],
  { env = {}, secrets = [] }: { env?: NodeJS.ProcessEnv; secrets?: readonly string[] } = {},
): Promise<Diagnosed> {
  const ended = await ksocket(home, ['diagnostics', ...args], env);
  for (const secret of secrets) assert.ok(!(ended.stdout + ended.stderr).includes(secret), 'a secret is printed');
  const header = /\n\$KSOCKET_CONFIG:.*\n\n/.exec(ended.stdout);
  return { ...ended, body: header === null ? '' : ended.stdout.slice(header.index + header[0].length) };
}

async function stageFor(t: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-diagnostics-'));
  const stage = await Stage.open({ home, port: 0 });
  t.after(async () => {
    await stage.close();
    await rm(home, { recursive: true });
  });
  const ids = await stage.slot('one', ['127.0.0.1'], ['127.0.0.1']);
  return { home, stage, ids, secrets: [ids.token!] };
}

const connected = `
Resolve DNS forward lookup ... OK [127.0.0.1]
Establish TCP connection ..... OK
Establish websocket .......... OK
`;

test('a space is reached and accepts the token, and neither check takes the slot or leaves anything behind', async (t) => {
  const { home, stage, ids, secrets } = await stageFor(t);
  await stage.settings(ids.token!);
  const before = await readdir(join(home, 'var'), { recursive: true });
  const reached = await diagnostics(home, ['connect'], { secrets });
  assert.equal(reached.code, 0, reached.body);
  assert.ok(reached.body.endsWith(connected), reached.body);
  const accepted = await diagnostics(home, ['authenticate'], { secrets });
  assert.equal(accepted.code, 0, accepted.body);
  assert.match(accepted.body, /\n\nComplete authentication \.{3,} OK\n$/);
  const { checks } = JSON.parse((await diagnostics(home, ['authenticate', '--json'], { secrets })).stdout);
  assert.equal(checks[0].steps[0].data.slotId, ids.slotId);
  assert.deepEqual(await readdir(join(home, 'var'), { recursive: true }), before);
  // Its lease would keep the agent out for a minute and a half.
  await stage.startAgent();
  await stage.connected(ids.slotId);
});

test('a wrong token is found by authenticate only, an agent on the slot is not replaced, a disabled slot is called so', async (t) => {
  const { home, stage, ids, secrets } = await stageFor(t);
  await stage.settings('ks1_canary-never-issued');
  assert.equal((await diagnostics(home, ['connect'])).code, 0);
  const wrong = await diagnostics(home, ['authenticate'], { secrets: ['canary-never'] });
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.body,
    /Complete authentication \.\.\. Failed\n {2}the space does not accept connect\.token \(token unknown\)\n {2}what to do: issue a token .*ksocket config connect\.token TOKEN\n$/,
  );
  await stage.settings(ids.token!);
  await stage.startAgent();
  await stage.connected(ids.slotId);
  const busy = await diagnostics(home, ['authenticate'], { secrets });
  assert.equal(busy.code, 1);
  assert.match(
    busy.body,
    /Failed\n {2}an agent is connected to this slot, or was a moment ago \(slot in use\)\n {2}what to do: .*ksocket service stop/,
  );
  const scan = await stage.startScan(ids.networkId);
  assert.equal((await stage.scanEnded(ids.networkId, scan.scanId)).status, 'done', 'the agent works on');
  await stage.api('PATCH', `/api/slots/${ids.slotId}`, { enabled: false });
  const disabled = await diagnostics(home, ['authenticate'], { secrets });
  assert.match(disabled.body, /Failed\n {2}the slot is disabled .*\n {2}what to do: enable it in the space/);
});

test('a port where nobody listens ends there: the websocket is not asked for', async (t) => {
  const home = await homeOf(t, { 'ksocket.toml': '[connect]\nhost = "127.0.0.1"\nport = 1\n' });
  const { code, body } = await diagnostics(home, ['connect']);
  assert.equal(code, 1);
  assert.ok(
    body.endsWith(
      'Establish TCP connection ..... Failed\n  127.0.0.1:1 refuses the connection\n  what to do: check connect.host and connect.port, and that the space runs\n',
    ),
    body,
  );
});

test('a private authority and a proxy with a login: named when they stand in the way, and no word of the password', {
  skip: noOpenssl ?? noProxies() ?? false,
}, async (t) => {
  const { home, stage, ids } = await stageFor(t);
  const made = new Authorities();
  t.after(() => made.close());
  const company = made.root('Company Root');
  const front = await stunnel(made.issue(company, 'space'), stage.port);
  const proxy = await tinyproxy();
  const secrets = [ids.token!, plainPassword];
  const settings = (lines: Record<string, unknown>) => {
    const all = { host: '127.0.0.1', port: front.port, token: ids.token, ...lines };
    const text = Object.entries(all).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
    return writeFile(join(home, 'etc/ksocket/ksocket.toml'), `[connect]\n${text.join('')}`, { mode: 0o600 });
  };
  await settings({});
  const unknown = await diagnostics(home, ['connect'], { secrets });
  assert.equal(unknown.code, 1);
  assert.match(
    unknown.body,
    /Establish websocket \.+ Failed\n {2}the certificate of .* is issued by "Example Works, Company Root", which this machine does not trust .*\n {2}what to do: if your company .* set connect\.caFile/,
  );
  await settings({ caFile: company.certFile });
  const trusted = await diagnostics(home, ['connect'], { secrets });
  assert.equal(trusted.code, 0);
  assert.match(
    trusted.body,
    /Establish websocket \.+ OK\n {2}the certificate of the space expires in \d days .*; have it renewed\n$/,
  );
  const { checks } = JSON.parse((await diagnostics(home, ['connect', '--json'], { secrets })).stdout);
  assert.match(checks[0].steps[2].data.issuer, /Company Root/);
  assert.match(checks[0].steps[2].data.tls, /^TLSv1\.[23]$/);

  const insecure = { secrets, env: { KSOCKET_INSECURE: '1' } };
  await settings({});
  const unverified = await diagnostics(home, ['connect'], insecure);
  assert.match(unverified.body, /^KSOCKET_INSECURE: True\n/);
  assert.equal(unverified.code, 0, unverified.body);

  await settings({ caFile: company.certFile, proxy: `http://${canaryUser}:${plainPassword}@127.0.0.1:${proxy.port}` });
  const through = await diagnostics(home, ['connect'], { secrets });
  assert.equal(through.code, 0, through.body);
  assert.match(
    through.body,
    /\nResolve DNS forward lookup \(127\.0\.0\.1\) \.+ OK \[127\.0\.0\.1\]\nEstablish TCP connection \(127\.0\.0\.1:\d+\) \.+ OK\nEstablish tunnel through the proxy \.+ OK\nEstablish websocket \.+ OK\n/,
  );
  assert.match((await diagnostics(home, ['authenticate'], { secrets })).body, /Complete authentication \.+ OK\n$/);
  await settings({ caFile: company.certFile, proxy: `http://${canaryUser}:${plainPassword}x@127.0.0.1:${proxy.port}` });
  const refused = await diagnostics(home, ['connect'], { secrets });
  assert.match(
    refused.body,
    /Establish tunnel through the proxy \.+ Failed\n {2}.* refuses its user or password .*\n {2}what to do: correct the proxy's login/,
  );
});

const lines = ['bytes', 'UTF-8', 'TOML/YAML', 'config file'].map((as) => `Read KSOCKET_CONFIG as ${as}`);

for (const [title, files, failing, pattern] of [
  ['missing', {}, 0, /does not exist\n {2}what to do: write it/],
  [
    'not UTF-8',
    { 'ksocket.toml': Uint8Array.of(0x61, 0xff) },
    1,
    /is not UTF-8\n {2}what to do: save the file as UTF-8/,
  ],
  ['no TOML', { 'ksocket.toml': '[connect\n' }, 2, /ksocket\.toml:1:\d+ is no TOML/],
  ['no YAML', { 'ksocket.yaml': 'connect: [\n' }, 2, /ksocket\.yaml:\d+:\d+ is no YAML/],
  ['with an unknown name', { 'ksocket.toml': '[connect]\nhots = "x"\n' }, 3, /did you mean connect\.host\?/],
  [
    'with a name of version 1',
    { 'ksocket.toml': '[connect]\nresume_retries = 3\n' },
    3,
    /now called connect\.resumeRetries/,
  ],
] as const) {
  test(`a settings file that is ${title} fails at its own step, and nothing after it is tried`, async (t) => {
    const home = await homeOf(t, files);
    for (const args of [['config'], ['connect']]) {
      const { code, body } = await diagnostics(home, args);
      assert.equal(code, 1);
      assert.match(body, pattern);
      const told = body.split('\n').filter((line) => line.startsWith('Read '));
      const expected = args[0] === 'config' ? lines.slice(0, failing + 1) : [lines[failing]!];
      assert.deepEqual(
        told.map((line) => line.replace(/ \.{3,} (OK|Failed)$/, '')),
        expected,
      );
    }
  });
}

test('a YAML file is read, with a word on its future; what stands beside the settings is checked too', async (t) => {
  const home = await homeOf(t, {
    'ksocket.yaml': 'connect: {host: space.test, token: canary-token}\n',
    'ksocket.yml': 'not read',
    'policy.toml': 'deny = ["10.0.0.0/99"]\n',
    'credentials/ssh/1.toml': 'includes = ["10.0.0.0/8"]\n[account]\nusername = "u"\npassword = "canary-password"\n',
    'credentials/snmp/1.toml': 'includes = ["10.0.0.0/8"]\n[authData]\ncommunity = "canary-community"\n',
  });
  await chmod(join(home, 'etc/ksocket/credentials/ssh/1.toml'), 0o644);
  const { code, body } = await diagnostics(home, ['config'], { secrets: ['canary'] });
  assert.equal(code, 1);
  assert.match(
    body,
    /^Read KSOCKET_CONFIG as bytes \.+ OK\n {2}.*ksocket\.yml is not read, since .*ksocket\.yaml is there\n/,
  );
  assert.match(body, /Read KSOCKET_CONFIG as TOML\/YAML \.+ OK\n {2}YAML is deprecated; write it as TOML\n/);
  assert.match(body, /\nCheck connect\.host and connect\.token \.+ OK\n/);
  assert.match(body, /\nCheck permissions of KSOCKET_CONFIG \.+ OK \[0600, user \d+, group \d+\]\n/);
  assert.match(body, /\nRead policy\.toml \.+ Failed\n {2}.*"10\.0\.0\.0\/99" is no address or network/);
  assert.match(
    body,
    /\nRead credentials\/ssh \.+ Failed\n {2}.*every user of this machine \(mode 644\)\n {2}what to do: chmod 640 /,
  );
  assert.match(body, /\nRead credentials\/snmp \.+ OK \[1 file\]\n/);
});

test('folders to which others may write are told with the command that closes them, their owners with a word', {
  skip: process.getuid?.() === 0 && process.platform === 'linux' ? false : 'needs root on Linux',
}, async (t) => {
  const file = 'includes = ["10.0.0.0/8"]\n[account]\nusername = "u"\npassword = "canary-password"\n';
  const home = await homeOf(t, {
    'ksocket.toml': '[connect]\nhost = "space.test"\ntoken = "x"\n',
    'credentials/ssh/1.toml': file,
  });
  const credentials = join(home, 'etc/ksocket/credentials');
  await chown(credentials, 12_345, 0);
  const fine = await diagnostics(home, ['config']);
  assert.equal(fine.code, 0, fine.stdout);
  assert.match(
    fine.body,
    /\nCheck who may write to the folders \.+ OK\n {2}\S+credentials belongs to user 12345, who /,
  );
  await chmod(credentials, 0o777);
  const open = await diagnostics(home, ['config'], { secrets: ['canary'] });
  assert.equal(open.code, 1);
  const told = ` Failed\n  credential file not usable: ${credentials} may be written to by every user of this machine (mode 777)\n  what to do: chmod o-w ${credentials}\n`;
  for (const step of ['Check who may write to the folders', 'Read credentials/ssh'])
    assert.ok(new RegExp(`\n${step} \\.+(.*\n.*\n.*\n)`).exec(open.body)?.[1] === told, open.body);
  const matches = await diagnostics(home, ['credentials', '10.0.0.1', '--no-try']);
  assert.match(matches.body, /ssh\/ \.+ Failed\n.*may be written to by every user.*\n {2}what to do: chmod o-w /);
});

test('without a name: system, config and connect under one header; without settings connect would only fail again', async (t) => {
  const { home, stage, ids, secrets } = await stageFor(t);
  await stage.settings(ids.token!);
  const all = await diagnostics(home, [], { secrets });
  assert.equal(all.code, 0, all.stdout);
  assert.equal(all.stdout.split('Node.js: ').length, 2);
  const order = [
    '\nssl ',
    '\nbetter-sqlite3 ',
    '\nws ',
    '\nRead KSOCKET_CONFIG as bytes',
    '\nKSOCKET_INSECURE',
    '\nEstablish websocket',
  ];
  const places = order.map((it) => all.stdout.indexOf(it));
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
  assert.ok(places[0]! > 0 && !all.stdout.includes('authentication'));
  const { checks, ok } = JSON.parse((await diagnostics(await homeOf(t), ['--json'])).stdout);
  assert.equal(ok, false);
  assert.deepEqual(
    checks.map((it: { name: string; ok: boolean }) => [it.name, it.ok]),
    [
      ['system', true],
      ['config', false],
    ],
  );
  assert.equal((await diagnostics(home, ['nothing'])).code, 2);
});

test('network tells what a scan may do here, also to whoever may do nothing, and fails only where nothing stands in', {
  skip: process.platform === 'linux' && process.getuid?.() === 0 ? false : 'needs root on Linux',
}, async (t) => {
  const home = await homeOf(t, { 'ksocket.toml': '' });
  const { code, body } = await diagnostics(home, ['network']);
  assert.equal(code, 0, body);
  assert.match(body, /\nraw sockets \.+ OK \[CAP_NET_RAW is held\]\n/);
  assert.match(body, /\nneighbour table of IPv4 \.+ OK \[gc_thresh \d+\/\d+\/\d+/);
  assert.match(body, /\nopen files \.+ OK \[\d+ of \d+\]\n/);
  const poor = await new Promise<string>((resolve) => {
    const kept = ['--inh-caps=-all,+dac_read_search', '--bounding-set=-all,+dac_read_search'];
    execFile(
      'setpriv',
      [...kept, process.execPath, ksocketProgram, 'diagnostics', 'network'],
      { env: { ...process.env, LC_ALL: 'C', KSOCKET_HOME: home } },
      (_, stdout) => resolve(stdout),
    );
  });
  assert.match(
    poor,
    /\nraw sockets \.+ Skip \[CAP_NET_RAW is not held; .* instead\]\n {2}what to do: setcap cap_net_raw\+ep/,
  );
  assert.match(poor, /\nTCP SYN packets, in place of connects \.+ Skip \[.*which is slower\]\n/);
});

test('credentials: which files match, in order, and which gets in at a real OpenSSH', {
  skip: noOpenSsh() ?? false,
}, async (t) => {
  const server = await startOpenSsh();
  t.after(() => server.stop());
  const login = (password: string, more = '') =>
    `includes = ["127.0.0.0/8"]\n${more}port = ${server.port}\n[account]\nusername = "${username}"\npassword = "${password}"\n`;
  const home = await homeOf(t, {
    'ksocket.toml': '',
    'credentials/ssh/0_other.toml': 'includes = ["10.0.0.0/8"]\n[account]\nusername = "u"\npassword = "canary"\n',
    'credentials/ssh/1_not.toml': login('canary', 'excludes = ["127.0.0.1"]\n'),
    'credentials/ssh/2_wrong.toml': login('canary-wrong'),
    'credentials/ssh/3_right.toml': login(server.password),
    'credentials/ssh/4_late.toml': login('canary-late'),
    'credentials/ssh/5_open.toml': login('canary-open'),
    'credentials/ssh/_6_hidden.toml': login('canary-hidden'),
    'credentials/ssh/_old/7.toml': login('canary-hidden'),
  });
  await chmod(join(home, 'etc/ksocket/credentials/ssh/5_open.toml'), 0o644);
  const secrets = ['canary', server.password];
  const tried = await diagnostics(home, ['credentials', '127.0.0.1'], { secrets });
  assert.equal(tried.code, 1, 'a file that everybody may read, and a password that is refused');
  const [matches, logins] = tried.body.split('\n\n').slice(1);
  assert.deepEqual(
    matches!.split('\n').filter((line) => line.startsWith('ssh/')),
    [
      'ssh/0_other.toml ..... Skip [not in includes]',
      'ssh/1_not.toml ....... Skip [excludes 127.0.0.1]',
      'ssh/2_wrong.toml ..... OK [includes 127.0.0.0/8]',
      'ssh/3_right.toml ..... OK [includes 127.0.0.0/8]',
      'ssh/4_late.toml ...... OK [includes 127.0.0.0/8]',
      'ssh/5_open.toml ...... Failed',
      'ssh/_6_hidden.toml ... Skip [its name, or that of its folder, begins with _]',
      'ssh/_old/7.toml ...... Skip [its name, or that of its folder, begins with _]',
    ],
  );
  assert.match(
    matches!,
    /5_open\.toml may be read by every user of this machine \(mode 644\)\n {2}what to do: chmod 640 /,
  );
  assert.match(
    logins!,
    /^Log in with ssh\/2_wrong\.toml \.\.\. Failed\n {2}login refused: .*\n(?: {2}what to do: .*\n)?Log in with ssh\/3_right\.toml \.\.\. OK\nLog in with ssh\/4_late\.toml \.{4} Skip \[ssh\/3_right\.toml gets in\]\n$/,
  );
  const failures = server.log().match(/Failed password/g)?.length ?? 0;
  assert.ok(failures <= 1, 'each file is tried once at most');
  assert.deepEqual(
    (await readdir(home, { recursive: true })).filter((it) => it.startsWith('var')).sort(),
    [
      'var',
      'var/lib',
      'var/lib/ksocket',
      'var/lib/ksocket/lockout',
      'var/lib/ksocket/lockout/.lock',
      'var/lib/ksocket/lockout/salt',
    ],
    'no host key and no log is kept, and what was refused only until it got in',
  );

  const only = await diagnostics(home, ['credentials', '127.0.0.1', '--no-try'], { secrets });
  assert.ok(!only.body.includes('Log in with'));
  await server.stop();
  const closed = await diagnostics(home, ['credentials', '127.0.0.1'], { secrets });
  assert.match(
    closed.body,
    /2_wrong\.toml \.+ Failed\n {2}connection refused: .*\nLog in with ssh\/3_right\.toml \.+ Skip/s,
  );
  await writeFile(join(home, 'etc/ksocket/policy.toml'), 'deny = ["127.0.0.0/8"]\n');
  const denied = await diagnostics(home, ['credentials', '127.0.0.1'], { secrets });
  assert.match(denied.body, /2_wrong\.toml \.+ Failed\n {2}policy\.toml denies 127\.0\.0\.0\/8\n/);
  const nobody = await diagnostics(home, ['credentials', '192.0.2.1'], { secrets });
  assert.match(
    nobody.body,
    /\n {2}no credential file is for 192\.0\.2\.1\n {2}what to do: write one whose includes cover it/,
  );
  assert.equal((await diagnostics(home, ['credentials', '0127.0.0.1'])).code, 2);
});

test('what is ours to say is said in Japanese too, the lines that scripts read stay as they are', async (t) => {
  const home = await homeOf(t, { 'ksocket.toml': '[connect]\nhost = "127.0.0.1"\n' });
  const { body } = await diagnostics(home, ['config', '--lang', 'ja']);
  assert.match(
    body,
    /\nCheck connect\.host and connect\.token \.+ Failed\n {2}connect\.token が設定されていません\n {2}対処: スペースで/,
  );
});
