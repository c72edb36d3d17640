/** What a host may answer to a secret, and what of it counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOf, installation, logIn } from './testing/logins.js';

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
