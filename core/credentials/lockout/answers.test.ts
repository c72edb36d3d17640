/** What a host may answer to a secret, and what of it counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOf, installation, logIn, loginOf } from './testing/logins.js';

test('a host that says something else than no has refused nothing, and a right secret is not spared for it', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  const file = fileOf('snmp/0.toml', 'john@corp.example', 'right');
  for (const code of ['E_UNSUPPORTED', 'E_PRIVILEGE', 'E_LOGIN_METHOD', 'E_UNSUPPORTED'] as const)
    assert.equal(await logIn(watch, file, '10.0.0.1', code), code);
  assert.equal(await logIn(watch, file, '10.0.0.2', 'E_LOGIN'), 'E_LOGIN');
  assert.equal(await logIn(watch, file, '10.0.0.3', 'E_PROTOCOL'), 'E_PROTOCOL');
  assert.equal(await logIn(watch, file, '10.0.0.4', 'in'), 'E_LOCKOUT', 'what nobody understands may have been one');
});

test('an account that is spared because hosts hang is told so, and nobody is sent to correct a right password only', async (t) => {
  const { start } = await installation(t);
  const guard = start();
  const watch = guard.watch();
  const hanging = fileOf('ssh/0.toml', 'CORP\\john', 'right');
  for (const host of ['10.0.0.1', '10.0.0.2'])
    assert.equal(await logIn(watch, hanging, host, 'E_TIMEOUT'), 'E_TIMEOUT');
  const spared = await loginOf(watch, hanging, '10.0.0.3', 'in');
  assert.match(spared!.message, /log in to 10\.0\.0\.3 as CORP\\john: 2 not answered, again from /);
  assert.match(
    spared!.remedy!,
    /^see why hosts do not end a login .* leave them out of ssh\/0\.toml; if it is wrong, correct/,
  );
  assert.deepEqual(
    (await guard.spared()).map(({ refusals, unanswered }) => [refusals, unanswered]),
    [[2, 2]],
  );
  const other = fileOf('ssh/1.toml', 'admin@corp.example', 'wrong');
  assert.equal(await logIn(watch, other, '10.0.0.1', 'E_LOGIN'), 'E_LOGIN');
  assert.equal(await logIn(watch, other, '10.0.0.2', 'E_RESET'), 'E_RESET');
  const mixed = await loginOf(watch, other, '10.0.0.3', 'in');
  assert.match(mixed!.message, /: 1 refused and 1 not answered, again from /);
  assert.match(mixed!.remedy!, /^correct the password in ssh\/1\.toml/);
});
