import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fingerprint, judge, KnownHosts, keyType } from './known-hosts.js';
import type { Place } from './known-hosts-file.js';

const at = (address: string, port: number, ...via: string[]): Place => ({ address, port, via });

function key(type: string, seed: number): Buffer {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([length, name, Buffer.alloc(36, seed)]);
}

/** A state that counts its writes and lets the test decide when each of them ends. */
function memory(text?: string) {
  const writes: string[] = [];
  const waiting: (() => void)[] = [];
  let reads = 0;
  return {
    writes,
    waiting,
    reads: () => reads,
    state: {
      read: async (name: string) => {
        if (name !== 'known_hosts') return undefined;
        reads++;
        return text;
      },
      write: (_: string, next: string) => {
        writes.push(next);
        return new Promise<void>((resolve) => waiting.push(resolve));
      },
    },
  };
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
    read: async () => undefined,
    write: async (_, text) => {
      if (fail) throw new Error('disk full');
      writes.push(text);
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
