import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { findHome } from '../config/index.js';
import { Policy, policySchema, readPolicy } from './index.js';

const policy = (file: unknown) => new Policy(policySchema.parse(file));

test('without a file everything is permitted', () => {
  assert.equal(Policy.open.refuses('10.0.0.1'), undefined);
  assert.ok(Policy.open.permitsCollector('ssh') && Policy.open.permitsOperation('networks.scan'));
});

test('deny wins over allow, and says which line it was', () => {
  const it = policy({ allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16'], denyPorts: [22] });
  assert.equal(it.refuses('10.0.0.1'), undefined);
  assert.equal(it.refuses('10.9.0.1'), 'policy.toml denies 10.9.0.0/16');
  assert.equal(it.refuses('192.0.2.1'), 'policy.toml does not allow it');
  assert.equal(it.refuses('2001:db8::1'), 'policy.toml does not allow it');
  assert.equal(it.refuses('10.0.0.1', 22), 'policy.toml denies port 22');
  assert.equal(it.refusal('10.0.0.1', 23), undefined);
  assert.equal(it.refusal('10.0.0.1', 22)!.code, 'E_POLICY');
});

test('lists of operations and collectors close what they do not name', () => {
  const it = policy({ operations: [], collectors: ['snmp'] });
  assert.ok(!it.permitsOperation('networks.scan') && !it.permitsCollector('ssh') && it.permitsCollector('snmp'));
});

test('new hosts are accepted unless the policy is strict, and no other word is taken for either', () => {
  assert.equal(Policy.open.hostKeys, 'accept-new');
  assert.equal(policy({ hostKeys: 'strict' }).hostKeys, 'strict');
  assert.throws(() => policy({ hostKeys: 'no' }));
});

test('an unknown key or a malformed network is an error, never no policy', () => {
  assert.throws(() => policy({ denny: [] }));
  assert.throws(() => policy({ deny: ['10.0.0.0/99'] }), /is no address or network/);
});

test('no policy file permits all, one that cannot be reached stops the agent', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'ksocket-policy-'));
  t.after(() => rm(directory, { recursive: true }));
  const home = findHome({ KSOCKET_HOME: directory });
  assert.equal(await readPolicy(home), Policy.open);
  await mkdir(home.etc, { recursive: true });
  await symlink('/nowhere/policy.toml', join(home.etc, 'policy.toml'));
  await assert.rejects(readPolicy(home), /does not exist/);
  await rm(join(home.etc, 'policy.toml'));
  if (process.getuid?.() !== 0) return;
  await chmod(directory, 0o755);
  await chmod(home.etc, 0o700);
  process.seteuid?.(65_534);
  try {
    await assert.rejects(readPolicy(home), /may not be read by this user/);
  } finally {
    process.seteuid?.(0);
  }
});
