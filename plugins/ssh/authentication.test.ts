/** The tries of one login where the server hangs up while the account is asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, Secret } from 'ksocket/plugin';
import type { AuthenticationType, ParsedKey } from 'ssh2';
import { Tries } from './authentication.js';

test('no other connection is begun while the password waits for its turn', async () => {
  const key = {} as ParsedKey;
  const tries = new Tries({ username: 'root', keys: [key, key, key, key], password: new Secret('secret') });
  let refuse: (why: unknown) => void = () => undefined;
  let asked = 0;
  const stopped: string[] = [];
  const beforeSecret = () =>
    new Promise<void>((_, reject) => {
      asked += 1;
      refuse = reject;
    });
  const stop = (why: { code: string }) => void stopped.push(why.code);
  const handler = tries.handler(async () => true, stop, 'log in', beforeSecret);
  const sent: string[] = [];
  const methods: AuthenticationType[] = ['publickey', 'password', 'keyboard-interactive'];
  const next = (it: unknown) => void sent.push((it as { type: string }).type);
  handler(methods, false, next);
  await new Promise(setImmediate);
  for (let i = 0; i < 5; i++) handler(methods, false, next);
  assert.deepEqual(sent, ['none', 'publickey', 'publickey', 'publickey', 'publickey']);
  assert.equal(asked, 1);
  assert.equal(tries.ended(), false, 'it would wait behind itself');
  assert.equal(tries.refused, false, 'the server has left, and has refused nothing by that');
  refuse(failure('E_CANCELLED', 'log in'));
  await new Promise(setImmediate);
  assert.deepEqual(stopped, ['E_CANCELLED']);
});
