import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { z } from 'zod';
import { credential } from './credential.js';

test('the example of the manual is read as it stands, without includes and excludes', () => {
  const read = credential.parse({
    port: 10022,
    timeout: 5.0,
    sshTunnels: ['10.10.0.1', '10.10.0.3'],
    account: {
      username: 'john',
      password: 'passw0rd',
      clientKeys: [
        { filename: '../../id_rsa.common', passphrase: 'Common password' },
        { filename: '/root/.ssh/id_rsa', passphrase: 'Admin password' },
      ],
    },
  });
  assert.equal(read.port, 10022);
  assert.deepEqual(read.sshTunnels, ['10.10.0.1', '10.10.0.3']);
  assert.equal(read.account.password?.reveal(), 'passw0rd');
  assert.equal(read.account.clientKeys[1]?.passphrase?.reveal(), 'Admin password');
  assert.doesNotMatch(inspect(read, { depth: 9 }) + JSON.stringify(read), /passw0rd|Common password|Admin/);
});

test('what is left out has its default', () => {
  const read = credential.parse({ account: { username: 'john' } });
  const { account, ...rest } = read;
  assert.deepEqual(account.clientKeys, []);
  assert.deepEqual(rest, {
    port: 22,
    timeout: 5,
    sshTunnels: [],
    allowPasswordToNewHost: true,
    legacyAlgorithms: false,
    sudo: false,
  });
});

test('unknown keys and hops that are no addresses are refused with their path', () => {
  for (const [bad, path] of [
    [{ account: { username: 'john' }, prot: 1 }, ''],
    [{ account: { username: 'john', pasword: 'x' } }, 'account'],
    [{ account: { username: 'john' }, sshTunnels: ['10.10.0.1', 'bastion'] }, 'sshTunnels.1'],
    [{ account: { username: 'john' }, port: 0 }, 'port'],
    [{ account: {} }, 'account.username'],
  ] as const) {
    const result = credential.safeParse(bad);
    assert.equal(result.error?.issues[0]?.path.join('.'), path);
  }
});

interface Described {
  readonly description?: string;
  readonly properties?: Record<string, Described>;
  readonly items?: Described;
}

test('every field has a sentence', () => {
  const walk = (schema: Described, at: string): void => {
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      assert.ok(field.description, `${at}${name}`);
      walk(field, `${at}${name}.`);
      if (field.items) walk(field.items, `${at}${name}[].`);
    }
  };
  walk(z.toJSONSchema(credential, { io: 'input' }) as Described, '');
});
