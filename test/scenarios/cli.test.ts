/** The command line as a user meets it: one clear sentence and the right exit code for every wrong input, and a scan of loopback. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { ksocketProgram } from '../start/processes.js';
import { type Ended, homeOf, ksocket } from './typed.js';

test('version prints the version alone on one line', async (t) => {
  const { code, stdout } = await ksocket(await homeOf(t), ['version']);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `${(JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }).version}\n`,
  );
});

for (const [title, args, code, pattern] of [
  [
    'a malformed target',
    ['scan', '10.0.0.300'],
    2,
    /^ksocket: "10\.0\.0\.300" is no address or network; write an address like/,
  ],
  ['an octal address', ['scan', '010.0.0.1'], 2, /"010\.0\.0\.1" is no address/],
  ['a decimal address', ['scan', '167772161'], 2, /"167772161" is no address or network/],
  ['a hexadecimal address', ['scan', '0x0a000001'], 2, /"0x0a000001" is no address or network/],
  ['an IPv4-mapped network', ['scan', '::ffff:10.0.0.0/104'], 2, /"::ffff:10\.0\.0\.0\/104" is no address or network/],
  ['everything there is', ['scan', '0.0.0.0/0'], 1, /^ksocket scan: 4294967296 start addresses are more than 65536/],
  ['all of IPv6', ['scan', '::/0'], 1, /start addresses are more than 65536; give smaller networks/],
  [
    'ranges that overlap beyond the bound',
    ['scan', '10.0.0.0/16', '10.0.0.0/24'],
    1,
    /^ksocket scan: 65792 start addresses/,
  ],
  ['a malformed prefix', ['scan', '10.0.0.0/33'], 2, /"10\.0\.0\.0\/33" is no address or network/],
  ['a malformed allow', ['scan', '127.0.0.1', '--allow', 'x'], 2, /"x" is no address or network/],
  [
    'too many start addresses',
    ['scan', '10.0.0.0/15'],
    1,
    /^ksocket scan: 131072 start addresses are more than 65536; give smaller networks/,
  ],
  ['everything', ['scan', '::/0'], 1, /start addresses are more than 65536/],
  ['an unknown command', ['scna'], 2, /ksocket: .*scan/],
  ['an unknown option', ['scan', '--fast'], 2, /ksocket: Unknown argument: fast/],
  ['a wrong format', ['scan', '127.0.0.1', '--format', 'xml'], 2, /Invalid values/],
  ['a rate of zero', ['scan', '127.0.0.1', '--rate', '0'], 2, /--rate is packets a second/],
  [
    'a scan mode that is not there',
    ['scan', '127.0.0.1', '--mode', 'azure'],
    1,
    /not supported: scan mode azure: this version has intranet/,
  ],
  ['a host name for collect', ['collect', 'web'], 2, /"web" is no IP address/],
  [
    'no settings for connect',
    ['connect'],
    78,
    /^ksocket connect: settings file .*ksocket\.toml does not exist; write it/,
  ],
] as const) {
  test(`${title} ends with ${code} and one sentence, and nothing is done`, async (t) => {
    const home = await homeOf(t);
    const ended = await ksocket(home, args);
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, pattern);
    assert.equal(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr);
    assert.equal(ended.stdout, '');
  });
}

for (const [title, file, pattern] of [
  ['no host', '[connect]\ntoken = "x"\n', /connect\.host is not set; name the host of your space/],
  ['no token', '[connect]\nhost = "space.invalid"\n', /connect\.token is not set; issue a token/],
  [
    'an unknown setting',
    '[connect]\nhots = "x"\n',
    /ksocket\.toml: connect\.hots: unknown name; did you mean connect\.host\?/,
  ],
  ['a setting of version 1', '[connect]\nresume_retries = 3\n', /now called connect\.resumeRetries/],
  ['a broken file', '[connect\n', /ksocket\.toml:1:\d+ is no TOML/],
] as const) {
  test(`connect with ${title} ends with 78 and one sentence`, async (t) => {
    const ended = await ksocket(await homeOf(t, { 'ksocket.toml': file }), ['connect']);
    assert.equal(ended.code, 78);
    assert.match(ended.stderr, pattern);
    assert.equal(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr);
  });
}

test('a broken policy stops a scan; it does not turn into none', async (t) => {
  const ended = await ksocket(await homeOf(t, { 'policy.toml': 'deny = ["10.0.0.0/99"]\n' }), ['scan', '127.0.0.1']);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /policy\.toml: deny: "10\.0\.0\.0\/99" is no address or network/);
});

test('connect with a wrong host ends after the configured tries with 78', async (t) => {
  const home = await homeOf(t, {
    'ksocket.toml':
      '[connect]\nprotocol = "ws"\nhost = "127.0.0.1"\nport = 1\ntoken = "never-used"\nresumeRetries = 1\n',
  });
  const ended = await ksocket(home, ['connect']);
  assert.equal(ended.code, 78);
  assert.match(ended.stderr, /refuses the connection; check connect\.host.*gave up after 2 attempts/);
  const log = await readFile(join(home, 'var/log/ksocket/ksocket.log'), 'utf8');
  assert.ok(!log.includes('never-used'));
});

test('a scan of this machine needs no credential, and whatever the link to the space is, the operator gives the order', {
  skip: process.platform === 'win32' ? 'POSIX only' : false,
}, async (t) => {
  // An order of a space over this link may not log in anywhere.
  const home = await homeOf(t, { 'ksocket.toml': '[connect]\nprotocol = "ws"\nhost = "192.0.2.77"\n' });
  const json = await ksocket(home, ['scan', '127.0.0.1', '--json']);
  assert.equal(json.code, 0, json.stderr);
  const { nodes } = JSON.parse(json.stdout) as {
    nodes: {
      sections: { os: { kernel: { release: string } } };
      numberOfPackages: number;
      addresses: { addr: string }[];
    }[];
  };
  assert.equal(nodes.length, 1);
  assert.deepEqual(
    nodes[0]!.addresses.map((a) => a.addr),
    ['127.0.0.1'],
  );
  assert.ok(nodes[0]!.sections.os.kernel.release);
});

test('a scan is a table in either language, or CSV with the columns of the manual', async (t) => {
  const home = await homeOf(t);
  const table = await ksocket(home, ['scan', '127.0.0.9']);
  assert.match(table.stdout, /ADDRESS .*PACKAGES/);
  assert.match(table.stdout, /Not possible because:\n.*snmp: no credential file matches — 127\.0\.0\.9/s);
  const csv = await ksocket(home, ['scan', '127.0.0.9', '--no-collect', '--format', 'csv']);
  assert.match(csv.stdout, /^displayName,hostName,ipAddress,subnet,macaddr,vendor,.*updatedAt\r\n.*\r\n$/s);
  const japanese = await ksocket(home, ['scan', '127.0.0.9', '--no-collect', '--lang', 'ja']);
  assert.match(japanese.stdout, /アドレス/);
});

test('what the policy or the order forbids is said, and never looks like a host that does not answer', async (t) => {
  const home = await homeOf(t, { 'policy.toml': 'deny = ["127.0.0.2"]\n' });
  const scan = await ksocket(home, ['scan', '127.0.0.2']);
  assert.match(scan.stdout, /Note: 1 start address left alone: policy\.toml denies 127\.0\.0\.2/);
  const collect = await ksocket(home, ['collect', '127.0.0.2']);
  assert.equal(collect.code, 1);
  assert.match(
    collect.stdout,
    /^127\.0\.0\.2 was not asked:\n1 start address left alone: policy\.toml denies 127\.0\.0\.2\n$/,
  );
  const net = await ksocket(home, ['scan', '127.0.0.0/30', '--no-collect']);
  assert.match(net.stdout, /start address(es)? left alone: loopback, unless an address is named by itself/);
});

test('a policy in YAML is refused, not ignored', async (t) => {
  const ended = await ksocket(await homeOf(t, { 'policy.yaml': 'deny: [127.0.0.2]\n' }), ['scan', '127.0.0.2']);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /policy\.yaml is not read; the policy is written as TOML, in policy\.toml/);
});

test('an empty target is an unset variable, not everything around; a reader that leaves early is no error', async (t) => {
  const home = await homeOf(t);
  const empty = await ksocket(home, ['scan', '']);
  assert.equal(empty.code, 2);
  assert.match(empty.stderr, /an empty target; leave it out/);
  const left = await new Promise<Ended>((resolve) => {
    execFile(
      'sh',
      ['-c', `"${process.execPath}" "${ksocketProgram}" collect 127.0.0.1 | head -c 10`],
      { env: { ...process.env, KSOCKET_HOME: home } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
  assert.equal(left.stderr, '');
});

test('collect shows everything of one host and where it comes from', {
  skip: process.platform === 'win32' ? 'POSIX only' : false,
}, async (t) => {
  const ended = await ksocket(await homeOf(t), ['collect', '127.0.0.1']);
  assert.equal(ended.code, 0, ended.stderr);
  for (const part of ['[os]', '[hardware]', '[network]', '[software]', '[where this comes from]'])
    assert.ok(ended.stdout.includes(part), part);
});

test('help is there in English and Japanese', async (t) => {
  const home = await homeOf(t);
  assert.match((await ksocket(home, ['--help'])).stdout, /Scan here and now, without a space/);
  assert.match(
    (await ksocket(home, ['--help'], { LC_ALL: 'ja_JP.UTF-8' })).stdout,
    /スペースなしでその場でスキャンする/,
  );
});

test('explain tells from the last scan’s record, sends nothing without --probe, and looks now with it', async (t) => {
  const home = await homeOf(t, { 'policy.toml': 'deny = ["127.0.0.8"]\n' });
  const none = await ksocket(home, ['explain', '127.0.0.1']);
  assert.equal(none.code, 1);
  assert.match(
    none.stderr,
    /^ksocket explain: no scan is written down in .*; scan first, or look now: ksocket explain 127\.0\.0\.1 --probe/,
  );
  assert.equal((await ksocket(home, ['scan', '127.0.0.9', '127.0.0.8', '--no-collect'])).code, 0);
  const told = await ksocket(home, ['explain', '127.0.0.9']);
  assert.equal(told.code, 0);
  assert.match(told.stdout, /candidate +the order names it as start address/);
  assert.match(told.stdout, /liveness +asked by tcp \d+: rst/);
  assert.match(
    (await ksocket(home, ['explain', '127.0.0.8'])).stdout,
    /! left alone: policy\.toml denies 127\.0\.0\.8/,
  );
  assert.match((await ksocket(home, ['explain', '127.0.0.77'])).stdout, /! nobody named this address/);
  const probed = JSON.parse((await ksocket(home, ['explain', '127.0.0.77', '--probe', '--json'])).stdout);
  assert.equal(probed.complete, true);
  assert.ok(probed.steps.some((it: { text: string }) => it.text === 'so it is alive'));
  assert.equal((await ksocket(home, ['explain', '0127.0.0.1'])).code, 2);
});

test('with --json the way there is told as events on the standard error, one JSON object a line', async (t) => {
  const { stdout, stderr } = await ksocket(await homeOf(t), ['scan', '127.0.0.9', '--no-collect', '--json']);
  assert.equal(JSON.parse(stdout).nodes.length, 1);
  const events = stderr.split('\n').filter((line) => line.startsWith('{"event"'));
  assert.deepEqual(JSON.parse(events.at(-1) ?? ''), {
    ...{ event: 'progress', done: 1, total: 1, addresses: 1, expected: 1 },
    ...{ alive: 1, hosts: 0, entered: 0, collected: 0, remainingSeconds: 0 },
  });
});

test('an IPv4-mapped address is the IPv4 address, and overlapping ranges are looked at once', async (t) => {
  const home = await homeOf(t);
  const { stdout, code } = await ksocket(home, [
    'scan',
    '::ffff:127.0.0.9',
    '127.0.0.9',
    '127.0.0.9/32',
    '--no-collect',
    '--json',
  ]);
  assert.equal(code, 0);
  const { nodes, counts } = JSON.parse(stdout);
  assert.deepEqual(
    nodes.map((it: { addresses: { addr: string }[] }) => it.addresses.map((a) => a.addr)),
    [['127.0.0.9']],
  );
  assert.equal(counts.probed, 1);
});
