import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PluginState } from 'ksocket/plugin';
import { testState } from 'ksocket/testing';
import { hostKeys } from './host-keys.js';
import { fingerprint, judge, KnownHosts, keyType } from './known-hosts.js';
import type { Place } from './known-hosts-file.js';

const at = (address: string, port: number, ...via: string[]): Place => ({ address, port, via });

function key(type: string, seed: number): Buffer {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([length, name, Buffer.alloc(36, seed)]);
}

/** A state that counts its reads and writes and lets the test decide when each of them ends. */
function memory(text?: string) {
  const writes: string[] = [];
  const waiting: (() => void)[] = [];
  let reads = 0;
  const state: PluginState = {
    async read() {
      reads++;
      return text;
    },
    async write(_, next) {
      text = next;
      writes.push(next);
    },
    async update(_, change) {
      const next = change(text);
      if (next === undefined) return;
      writes.push(next);
      await new Promise<void>((resolve) => waiting.push(resolve));
      text = next;
    },
    version: async () => text,
  };
  return { writes, waiting, reads: () => reads, state };
}

const one = key('ssh-ed25519', 1);
const other = key('ssh-ed25519', 2);

test('the type and the fingerprint of a key are those of OpenSSH', () => {
  assert.equal(keyType(one), 'ssh-ed25519');
  const real = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
  assert.equal(fingerprint(Buffer.from(real, 'base64')), 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU');
});

test('the file is read once, lazily, with names of either form, lists, comments and markers', async () => {
  const line = (places: string, it: Buffer) => `${places} ${keyType(it)} ${it.toString('base64')}`;
  const text = [
    '# a comment',
    line('10.0.0.1,[10.0.0.2]:2222', one),
    `@revoked ${line('10.0.0.3', other)}`,
    '',
    'nonsense',
  ];
  const store = memory(text.join('\n'));
  const hosts = new KnownHosts(store.state);
  assert.equal(store.reads(), 0);
  assert.equal((await hosts.keysOf(at('10.0.0.1', 22))).length, 1);
  assert.equal((await hosts.keysOf(at('10.0.0.1', 2222))).length, 0);
  assert.equal((await hosts.keysOf(at('10.0.0.2', 2222))).length, 1);
  assert.equal(judge(await hosts.keysOf(at('10.0.0.3', 22)), other), 'revoked');
  assert.equal(store.reads(), 1);
});

test('a key is known, new, or changed; a key of a type never stored counts as changed', async () => {
  const store = memory();
  const hosts = new KnownHosts(store.state);
  assert.equal(judge(await hosts.keysOf(at('10.0.0.1', 22)), one), 'new');
  const added = hosts.add(at('10.0.0.1', 22), one);
  await new Promise(setImmediate);
  store.waiting.shift()?.();
  await added;
  assert.equal(store.writes[0], `[10.0.0.1]:22 ssh-ed25519 ${one.toString('base64')}\n`);
  const known = await hosts.keysOf(at('10.0.0.1', 22));
  assert.equal(judge(known, one), 'known');
  assert.equal(judge(known, other), 'changed');
  assert.equal(judge(known, key('ssh-rsa', 1)), 'changed');
});

test('what stands in the file stays, and writes do not overtake each other', async () => {
  const store = memory('# mine\nhashed|1|x ssh-rsa AAAA');
  const hosts = new KnownHosts(store.state);
  const all = [1, 2, 3, 4].map((n) => hosts.add(at(`10.0.0.${n}`, 22), key('ssh-ed25519', n)));
  while (store.writes.length === 0) await new Promise(setImmediate);
  const late = hosts.add(at('10.0.0.9', 22), key('ssh-ed25519', 9));
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  assert.equal(store.writes.length, 1);
  store.waiting.shift()?.();
  while (store.writes.length < 2) await new Promise(setImmediate);
  store.waiting.shift()?.();
  await Promise.all([...all, late]);
  assert.equal(store.writes.length, 2);
  assert.deepEqual(store.writes[1]?.split('\n').slice(0, 2), ['# mine', 'hashed|1|x ssh-rsa AAAA']);
  assert.equal(store.writes[1]?.split('\n').filter((line) => line.startsWith('[10.0.0.')).length, 5);
});

test('a write that fails is told to the one who added, and the next write carries both', async () => {
  let fail = true;
  const writes: string[] = [];
  const hosts = new KnownHosts({
    ...memory().state,
    async update(_, change) {
      if (fail) throw new Error('disk full');
      writes.push(change(undefined) ?? assert.fail('nothing to write'));
    },
  });
  await assert.rejects(hosts.add(at('10.0.0.1', 22), one), /disk full/);
  fail = false;
  await hosts.add(at('10.0.0.2', 22), other);
  assert.equal(writes[0]?.split('\n').length, 3);
});

test('behind each hop an address is a host of its own; without a key of its own it has those of the bare address', async () => {
  const line = (place: string, it: Buffer) => `${place} ${keyType(it)} ${it.toString('base64')}`;
  const store = memory([line('192.168.0.10', one), line('198.51.100.1>[192.168.0.10]:22', other)].join('\n'));
  const hosts = new KnownHosts(store.state);
  const verdict = async (it: Buffer, ...via: string[]) => judge(await hosts.keysOf(at('192.168.0.10', 22, ...via)), it);
  assert.equal(await verdict(one), 'known');
  assert.equal(await verdict(other, '198.51.100.1'), 'known');
  assert.equal(await verdict(one, '198.51.100.1'), 'changed');
  assert.equal(await verdict(one, '198.51.100.2'), 'known', 'an imported key names no way');
  assert.equal(await verdict(other, '198.51.100.2'), 'changed', 'and is not passed over');
  assert.equal(await verdict(other, '198.51.100.1', '198.51.100.2'), 'changed', 'the whole way counts');
  const added = hosts.add(at('192.168.0.10', 22, '198.51.100.2'), one);
  await new Promise(setImmediate);
  store.waiting.shift()?.();
  await added;
  assert.match(store.writes[0] ?? '', /^198\.51\.100\.2>\[192\.168\.0\.10\]:22 ssh-ed25519 /m);
});

test('what is revoked for an address is revoked on every way to it', async () => {
  const line = (place: string, it: Buffer) => `${place} ${keyType(it)} ${it.toString('base64')}`;
  const store = memory([`@revoked ${line('192.168.0.10', one)}`, line('198.51.100.1>192.168.0.10', other)].join('\n'));
  const hosts = new KnownHosts(store.state);
  assert.equal(judge(await hosts.keysOf(at('192.168.0.10', 22, '198.51.100.1')), one), 'revoked');
  assert.equal(judge(await hosts.keysOf(at('192.168.0.10', 22, '198.51.100.1')), other), 'known');
});

test('what another process has stored stays, is known at once, and a key that it contradicts is not stored', async () => {
  const state = testState();
  const [agent, scan] = [new KnownHosts(state), new KnownHosts(state)];
  assert.deepEqual(await agent.keysOf(at('10.0.1.1', 22)), []);
  const scanned = Array.from({ length: 200 }, (_, n) => at(`10.0.1.${n}`, 22));
  await Promise.all(scanned.map((it) => scan.add(it, one, true)));
  assert.ok(await agent.add(at('10.0.2.1', 22), one, true));
  for (const hosts of [agent, new KnownHosts(state)])
    for (const it of scanned) assert.equal(judge(await hosts.keysOf(it), other), 'changed');
  // Both judge before either has stored.
  const met = at('10.0.3.1', 22);
  const stored = await Promise.all([agent.add(met, one, true), scan.add(met, other, true)]);
  assert.deepEqual(stored, [true, false]);
  assert.equal(judge(await scan.keysOf(met), other), 'changed');
});

test('what the operator imports, forgets or approves while new hosts come is neither lost nor undone', async () => {
  const state = testState();
  const hosts = new KnownHosts(state);
  const keys = hostKeys({ state });
  const line = (it: Buffer) => `ssh-ed25519 ${it.toString('base64')}`;
  await hosts.add(at('10.0.9.1', 22), one);
  for (let n = 0; n < 20; n++) {
    const adding = [1, 2, 3].map((m) => hosts.add(at(`10.0.${n}.${m + 10}`, 22), one, true));
    const { added } = await keys.import(`@revoked 192.0.2.${n} ${line(other)}\n`);
    assert.equal(added, 1);
    if (n === 10) assert.equal((await keys.forget('10.0.9.1')).length, 1);
    await Promise.all(adding);
  }
  for (const it of [hosts, new KnownHosts(state)]) {
    for (let n = 0; n < 20; n++) assert.equal(judge(await it.keysOf(at(`192.0.2.${n}`, 22)), other), 'revoked');
    assert.equal(judge(await it.keysOf(at('10.0.9.1', 22)), other), 'new');
    assert.equal(judge(await it.keysOf(at('10.0.19.13', 22)), one), 'known');
  }
});

test('a key that is revoked for every host, for a name or for a hash is revoked everywhere, also where it was known', async () => {
  for (const places of ['*', '*.example,web.example', '10.0.0.*', '|1|c2FsdA==|aGFzaA==']) {
    const state = testState();
    const hosts = new KnownHosts(state);
    await hosts.add(at('10.0.0.1', 22), one);
    const revoked = `@revoked ${places} ssh-ed25519 ${one.toString('base64')}\n`;
    assert.deepEqual(await hostKeys({ state }).import(revoked), { added: 1, skipped: [] });
    for (const place of [at('10.0.0.1', 22), at('192.0.2.1', 2222), at('192.168.0.1', 22, '10.0.0.1')]) {
      assert.equal(judge(await hosts.keysOf(place), one), 'revoked', places);
      assert.equal(await hosts.add(place, one, true), false);
    }
    assert.equal(judge(await hosts.keysOf(at('192.0.2.1', 22)), other), 'new', 'another key is not');
    // As an operator writes it into the file.
    await state.write('known_hosts', revoked);
    assert.equal(judge(await hosts.keysOf(at('192.0.2.1', 22)), one), 'revoked', places);
  }
});

test('a key that is known can be revoked by an import', async () => {
  const state = testState();
  const entry = `10.0.0.1 ssh-ed25519 ${one.toString('base64')}\n`;
  assert.equal((await hostKeys({ state }).import(entry)).added, 1);
  assert.equal((await hostKeys({ state }).import(`@revoked ${entry}`)).added, 1);
  assert.equal(judge(await new KnownHosts(state).keysOf(at('10.0.0.1', 22)), one), 'revoked');
});
