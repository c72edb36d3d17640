/** What the service will not reach, on real files; the account is one that owns nothing of them. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { findHome } from '../../core/config/index.js';
import { unreadable } from './unreadable.js';

const stranger = { name: 'ksocket', uid: 54_321, gid: 54_321, group: 'ksocket', groups: [54_321], ours: true };

function files(t: TestContext, content: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-unreadable-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(content)) {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, 0o644);
  }
  const find = (change: Partial<Parameters<typeof unreadable>[0]> = {}) =>
    unreadable({
      home: findHome({ KSOCKET_HOME: folder }),
      account: stranger,
      sandboxed: true,
      operatorHome: join(folder, 'operator'),
      language: 'en',
      ...change,
    });
  return { folder, find };
}

const skip = process.platform === 'win32' ? 'POSIX only' : false;
const settings = (more = '') => `[connect]\nhost = "space.example"\n${more}`;

test('nothing is said where everything can be read', { skip }, async (t) => {
  const { find } = files(t, { 'etc/ksocket/ksocket.toml': settings(), 'etc/ksocket/credentials/ssh/a.toml': '' });
  assert.deepEqual(await find(), []);
});

test('a credential file, and a key that one names beside it, each with the command that mends it', {
  skip,
}, async (t) => {
  const { folder, find } = files(t, {
    'etc/ksocket/ksocket.toml': settings(),
    'etc/ksocket/credentials/ssh/mine.toml': '[account]\nclientKeys = [{ filename = "id_key" }]\n',
    'etc/ksocket/credentials/ssh/id_key': 'k',
    'etc/ksocket/credentials/snmp/theirs.toml': '',
  });
  chmodSync(join(folder, 'etc/ksocket/credentials/ssh/id_key'), 0o600);
  chmodSync(join(folder, 'etc/ksocket/credentials/snmp/theirs.toml'), 0o600);
  const found = await find();
  assert.deepEqual(found.map(({ path }) => path.slice(folder.length + 1)).sort(), [
    'etc/ksocket/credentials/snmp/theirs.toml',
    'etc/ksocket/credentials/ssh/id_key',
  ]);
  const path = join(folder, 'etc/ksocket/credentials/ssh/id_key');
  assert.equal(found.find((it) => it.path === path)?.remedy, `chown root:ksocket '${path}' && chmod 640 '${path}'`);
  assert.deepEqual(await find({ account: { ...stranger, uid: 0 } }), []);
});

test('a folder on the way that may not be entered is the reason', { skip }, async (t) => {
  const { folder, find } = files(t, {
    'etc/ksocket/ksocket.toml': settings('caFile = "$KSOCKET_HOME/private/ca.pem"\n'),
    'private/ca.pem': '',
  });
  chmodSync(join(folder, 'private'), 0o700);
  const [found, ...others] = await find();
  assert.deepEqual(others, []);
  assert.equal(found?.reason, `ksocket may not enter ${join(folder, 'private')}`);
});

test('the AWS files of the operator are told where a scan of AWS would want them', { skip }, async (t) => {
  const aws = { 'operator/.aws/credentials': '' };
  const quiet = files(t, { ...aws, 'etc/ksocket/ksocket.toml': settings() });
  chmodSync(join(quiet.folder, 'operator/.aws/credentials'), 0o600);
  assert.deepEqual(await quiet.find(), []);
  const cloud = files(t, {
    ...aws,
    'etc/ksocket/ksocket.toml': settings('[operations]\nnetworksScanMode = "aws"\n'),
  });
  chmodSync(join(cloud.folder, 'operator/.aws/credentials'), 0o600);
  assert.deepEqual(
    (await cloud.find()).map(({ path }) => path),
    [join(cloud.folder, 'operator/.aws/credentials')],
  );
});

test('a log file outside of the service’s folders is told', { skip }, async (t) => {
  const { find } = files(t, { 'etc/ksocket/ksocket.toml': `logfile = "/srv/logs/ksocket.log"\n${settings()}` });
  const [found] = await find();
  assert.equal(found?.path, '/srv/logs/ksocket.log');
  assert.match(found?.remedy ?? '', /ReadWritePaths=\/srv\/logs$/);
});

test('broken settings and credential files are no reason to fall over', { skip }, async (t) => {
  const { find } = files(t, { 'etc/ksocket/ksocket.toml': '[', 'etc/ksocket/credentials/ssh/a.toml': '= =' });
  assert.deepEqual(await find(), []);
});
