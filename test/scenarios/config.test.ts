/** `ksocket config` as an operator types it: the manual's list, and a settings file that is changed and nothing else of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { homeOf, ksocket } from './typed.js';

test('config lists the settings in the order of the manual, ours below them', async (t) => {
  const text = '[connect]\ntoken = "YourKsocketToken"\nhost = "fixpoint.cloud.kompira.jp"\n';
  const { code, stdout } = await ksocket(await homeOf(t, { 'ksocket.toml': text }), ['config']);
  assert.equal(code, 0);
  // The manual's 2.2.1, line by line.
  const manual = [
    'logfile=$KSOCKET_HOME/var/log/ksocket/ksocket.log',
    'loglevel=INFO',
    'logformat=%(asctime)s %(levelname)s %(name)s:%(funcName)s:%(lineno)d %(message)s',
    'logfilters=ksocket',
    'connect.token=YourKsocketToken',
    'connect.name=ksocket',
    'connect.protocol=wss',
    'connect.host=fixpoint.cloud.kompira.jp',
    'connect.port=443',
    'connect.endpoint=%(protocol)s://%(host)s:%(port)d/api/ksocket/connect',
    'connect.heartbeatTimeout=30.0',
    'connect.heartbeatInterval=60.0',
    'connect.resumeTimeout=60.0',
    'connect.resumeRetries=120',
    'connect.resumePlateau=10',
    'connect.resumeThreshold=120.0',
    'connect.requestTimeout=60.0',
    'connect.requestRetries=10',
    'connect.maxOperations=100',
    'connect.maxRunningOperations=5',
    'operations.networksScanMode=intranet',
    `directories.credentials=\${KSOCKET_HOME}/etc/ksocket/credentials`,
  ];
  assert.deepEqual(stdout.split('\n').slice(0, manual.length), manual);
});

test('config shows one setting, and writes one with the comments of the file kept', async (t) => {
  const text = '# the office\n[connect]\nhost = "old" # our space\n#port = 443\n';
  const home = await homeOf(t, { 'ksocket.toml': text });
  const file = join(home, 'etc/ksocket/ksocket.toml');
  assert.equal((await ksocket(home, ['config', 'connect.host'])).stdout, 'old\n');
  const set = await ksocket(home, ['config', 'connect.host', 'myspace.cloud.kompira.jp']);
  assert.deepEqual([set.code, set.stdout], [0, '']);
  assert.equal((await ksocket(home, ['config', 'connect.port', '8443'])).code, 0);
  assert.equal((await ksocket(home, ['config', 'connect.token', 'e.g. $, ", and \\'])).code, 0);
  assert.equal(
    await readFile(file, 'utf8'),
    '# the office\n[connect]\nhost = "myspace.cloud.kompira.jp" # our space\n#port = 443\nport = 8443\ntoken = "e.g. $, \\", and \\\\"\n',
  );
  assert.equal((await ksocket(home, ['config', 'connect.token'])).stdout, 'e.g. $, ", and \\\n');
  assert.equal((await ksocket(home, ['config', 'logfile', '-'])).code, 0);
  assert.equal((await ksocket(home, ['config', 'logfile'])).stdout, '-\n');
  assert.equal((await ksocket(home, ['config', 'logfile', '--unset'])).code, 0);
  assert.equal((await ksocket(home, ['config', 'connect.token', '--unset'])).code, 0);
  assert.ok(!(await readFile(file, 'utf8')).includes('token'));
});

test('config shows and changes the settings of plug-ins, a whole group, and the defaults', async (t) => {
  const home = await homeOf(t, { 'ksocket.toml': '[connect]\nport = 8443\n' });
  assert.equal((await ksocket(home, ['config', 'plugin.intranet.carrier', 'pcap'])).code, 0);
  assert.equal((await ksocket(home, ['config', 'plugin.intranet.carrier'])).stdout, 'pcap\n');
  assert.equal((await ksocket(home, ['config', 'plugin'])).stdout, 'plugin.intranet.carrier=pcap\n');
  assert.equal((await ksocket(home, ['config', 'plugin.intranet.carrier', '--default'])).stdout, 'auto\n');
  assert.equal((await ksocket(home, ['config', 'connect.port', '--default'])).stdout, '443\n');
  assert.match((await ksocket(home, ['config', '--default'])).stdout, /^connect\.port=443$/m);
  assert.match(
    await readFile(join(home, 'etc/ksocket/ksocket.toml'), 'utf8'),
    /^port = 8443\n\n\[plugin\.intranet\]\ncarrier = "pcap"\n$/m,
  );
  await writeFile(join(home, 'etc/ksocket/ksocket.toml'), '[plugin.intrant]\n');
  const scan = await ksocket(home, ['scan', '127.0.0.1']);
  assert.equal(scan.code, 1);
  assert.match(scan.stderr, /plugin\.intrant: unknown name; did you mean plugin\.intranet\?/);
});

test('config keeps owner and mode of the file, and says in one sentence why it could not be written', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, async (t) => {
  const home = await homeOf(t, { 'ksocket.toml': 'loglevel = "INFO"\n' });
  const file = join(home, 'etc/ksocket/ksocket.toml');
  await chown(file, 0, 65_534);
  await chmod(file, 0o640);
  assert.equal((await ksocket(home, ['config', 'loglevel', 'DEBUG'])).code, 0);
  const { uid, gid, mode } = await stat(file);
  assert.deepEqual([uid, gid, mode & 0o777], [0, 65_534, 0o640]);
  const folder = join(home, 'etc/ksocket');
  for (const [options, reason] of [
    ['ro,size=64k', 'the file system is read-only; mount it for writing, then run it again'],
    ['nr_inodes=2', 'the disk is full; free some space, then run it again'],
  ] as const) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options.replace('ro,', ''), 'none', folder]);
    try {
      await writeFile(file, 'loglevel = "INFO"\n');
      if (options.startsWith('ro')) execFileSync('mount', ['-o', 'remount,ro', folder]);
      const { code: exit, stderr } = await ksocket(home, ['config', 'loglevel', 'ERROR']);
      assert.equal(exit, 1);
      assert.match(stderr, new RegExp(`^ksocket config: storage failed: write .*ksocket\\.toml.*: ${reason}\\n$`));
      assert.equal(await readFile(file, 'utf8'), 'loglevel = "INFO"\n');
    } finally {
      execFileSync('umount', [folder]);
    }
  }
});

test('config prints the JSON Schema that editors use, with the settings of plug-ins', async (t) => {
  const { code, stdout } = await ksocket(await homeOf(t), ['config', '--schema']);
  assert.equal(code, 0);
  const { properties } = JSON.parse(stdout);
  assert.equal(properties.connect.properties.port.maximum, 65_535);
  assert.deepEqual(properties.plugin.properties.intranet.properties.carrier.enum, ['auto', 'pcap', 'packet-socket']);
  for (const args of [['--schema', 'loglevel'], ['--unset'], ['loglevel', 'INFO', '--unset'], ['connect', 'x']])
    assert.equal((await ksocket(await homeOf(t), ['config', ...args])).code, 2);
});

test('config answers a wrong name or value with one sentence and leaves the file alone', async (t) => {
  const text = '[connect]\nport = 443\n';
  const home = await homeOf(t, { 'ksocket.toml': text });
  for (const [args, pattern] of [
    [['connect.hots'], /^ksocket config: connect\.hots: unknown name; did you mean connect\.host\?\n$/],
    [['connect.heartbeat_timeout', '5'], /this setting is now called connect\.heartbeatTimeout\n$/],
    [['connect.port', '70000'], /^ksocket config: connect\.port: .*65535\n$/],
    [['loglevel', 'LOUD'], /^ksocket config: loglevel: .*"DEBUG"/],
    [['connect.host', 'wss://x'], /is no host name; leave out the scheme/],
  ] as const) {
    const { code, stderr } = await ksocket(home, ['config', ...args]);
    assert.equal(code, 1);
    assert.match(stderr, pattern);
  }
  assert.equal(await readFile(join(home, 'etc/ksocket/ksocket.toml'), 'utf8'), text);
});

test('config changes the YAML file of an old installation as YAML', async (t) => {
  const home = await homeOf(t, { 'ksocket.yaml': '# old\nconnect:\n  host: a # ours\n' });
  assert.equal((await ksocket(home, ['config', 'connect.host', 'b.example.com'])).code, 0);
  const text = await readFile(join(home, 'etc/ksocket/ksocket.yaml'), 'utf8');
  assert.equal(text, '# old\nconnect:\n  host: b.example.com # ours\n');
});

test('settings that are written at the same moment are all written', async (t) => {
  const home = await homeOf(t, { 'ksocket.toml': '# ours\n' });
  const wanted = [
    ['connect.host', 'a.example'],
    ['connect.port', '8443'],
    ['loglevel', 'DEBUG'],
    ['connect.name', 'office'],
  ];
  const ended = await Promise.all(wanted.map((words) => ksocket(home, ['config', ...words])));
  for (const { code, stderr } of ended) assert.equal(code, 0, stderr);
  for (const [name = '', value] of wanted) assert.equal((await ksocket(home, ['config', name])).stdout, `${value}\n`);
});
