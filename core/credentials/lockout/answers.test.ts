/** What a host may answer to a secret, what of it counts, and for which host. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { failure } from '../../contract/index.js';
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

const key = 'SHA256:of-the-switch';

test('a device with twenty addresses is asked twice for a plain name with a wrong password, once it has proved its key', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  const wrong = fileOf('ssh/0.toml', 'admin', 'wrong');
  const came = [];
  for (let i = 1; i <= 20; i++) came.push(await logIn(watch, wrong, `10.0.0.${i}`, 'E_LOGIN', key));
  assert.deepEqual(came, ['E_LOGIN', 'E_LOGIN', ...Array(18).fill('E_LOCKOUT')]);
  const spared = await loginOf(start().watch(), wrong, '10.0.0.9', 'in', key);
  assert.match(
    spared!.message,
    /log in to 10\.0\.0\.9 as admin at the host of SHA256:of-the-switch: 2 refused, again from /,
  );
  assert.equal(await logIn(watch, wrong, '10.0.0.21', 'E_LOGIN', 'SHA256:of-another'), 'E_LOGIN');
  assert.equal(await logIn(watch, fileOf('ssh/1.toml', 'operator', 'wrong'), '10.0.0.9', 'E_LOGIN', key), 'E_LOGIN');
  assert.equal(await logIn(watch, fileOf('ssh/0.toml', 'admin', 'corrected'), '10.0.0.9', 'in', key), 'in');
  assert.equal(await logIn(watch, wrong, '10.0.0.10', 'E_LOGIN', key), 'E_LOGIN', 'it was forgotten with that');
});

test('addresses of one device that are met at once wait for the first of them', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  const file = fileOf('ssh/0.toml', 'admin', 'wrong');
  const addresses = Array.from({ length: 20 }, (_, i) => `10.0.0.${i + 1}`);
  const came = await Promise.all(addresses.map((it) => logIn(watch, file, it, 'E_LOGIN', key)));
  assert.equal(came.filter((it) => it === 'E_LOGIN').length, 2, came.join(' '));
});

test('copies of one image have one key: once one refuses what another has accepted, each counts for itself', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  const file = fileOf('ssh/0.toml', 'admin', 'right at most of them');
  assert.equal(await logIn(watch, file, '10.0.0.1', 'in', key), 'in');
  for (let i = 2; i <= 9; i++) assert.equal(await logIn(watch, file, `10.0.0.${i}`, 'E_LOGIN', key), 'E_LOGIN');
  assert.equal(await logIn(watch, file, '10.0.0.10', 'in', key), 'in');
  const next = start().watch();
  for (const comes of ['E_LOGIN', 'E_LOGIN', 'E_LOCKOUT'])
    assert.equal(await logIn(next, file, `10.0.1.${comes.length}`, 'E_LOGIN', key), comes, 'none was left over');
});

test('what may leave for the host and not for the address counts for neither, and leaves no lane taken', async (t) => {
  const { start, folder } = await installation(t);
  const watch = start().watch();
  const file = fileOf('ssh/0.toml', 'admin', 'wrong');
  for (const other of ['SHA256:one', 'SHA256:two'])
    assert.equal(await logIn(watch, file, '10.0.0.1', 'E_LOGIN', other), 'E_LOGIN');
  for (let i = 0; i < 3; i++) assert.equal(await logIn(watch, file, '10.0.0.1', 'E_LOGIN', key), 'E_LOCKOUT');
  // Halfway: the host's turn has come, the address's has not, and whoever waited gives up.
  const first = watch.login('ssh', file, '10.0.0.2');
  await first.beforeSecret(new AbortController().signal);
  const counted = (await readdir(folder)).length;
  const patience = new AbortController();
  const waits = watch.login('ssh', file, '10.0.0.2');
  const waiting = assert.rejects(waits.beforeSecret(patience.signal, key), { code: 'E_CANCELLED' });
  while ((await readdir(folder)).length <= counted) await new Promise(setImmediate);
  patience.abort(failure('E_CANCELLED', 'test'));
  await waits.ended(failure('E_CANCELLED', 'test'));
  await waiting;
  await first.ended(undefined);
  assert.equal(await logIn(watch, file, '10.0.0.3', 'E_LOGIN', key), 'E_LOGIN');
  assert.equal(await logIn(watch, file, '10.0.0.4', 'E_LOGIN', key), 'E_LOGIN', 'two more: nothing was counted');
});

test('by the key of one host no account is counted that is one on all hosts', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  for (const username of ['CORP\\john', 'ldap'])
    for (const comes of ['E_LOGIN', 'E_LOGIN', 'E_LOCKOUT'])
      assert.equal(
        await logIn(watch, fileOf('ssh/0.toml', username, 'wrong', 'domain'), '10.0.0.1', 'E_LOGIN', `SHA256:${comes}`),
        comes,
      );
});
