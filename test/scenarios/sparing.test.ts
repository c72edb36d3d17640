/** A real OpenSSH whose PAM locks an account at its third wrong password, as Red Hat's does, and files with four wrong ones. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { noOpenSsh, startOpenSsh, username } from '../../plugins/ssh/testing/openssh.js';
import { homeOf, ksocket } from './typed.js';

const faillock = [
  'auth required pam_faillock.so preauth silent deny=3 fail_interval=900 unlock_time=900 dir=/run/faillock',
  'auth [success=1 default=bad] pam_unix.so nodelay',
  'auth [default=die] pam_faillock.so authfail deny=3 fail_interval=900 unlock_time=900 dir=/run/faillock',
  'auth sufficient pam_faillock.so authsucc deny=3 fail_interval=900 unlock_time=900 dir=/run/faillock',
  'account required pam_unix.so',
  'session required pam_permit.so',
];

test('an account that its host would lock at the third wrong password is not locked, over several processes', {
  skip: noOpenSsh() ?? false,
}, async (t) => {
  const server = await startOpenSsh({
    config: ['LogLevel VERBOSE', 'MaxAuthTries 10'],
    mounts: ['mkdir -p /run/faillock', `printf '%s\\n' ${faillock.map((it) => `'${it}'`).join(' ')} > pam`],
  });
  t.after(() => server.stop());
  const file = (password: string) =>
    `includes = ["127.0.0.1"]\nport = ${server.port}\n[account]\nusername = "${username}"\npassword = "${password}"\n`;
  const wrong = [0, 1, 2, 3].map((i) => [`credentials/ssh/${i}.toml`, file(`canary-${i}`)]);
  const home = await homeOf(t, { 'ksocket.toml': '', ...Object.fromEntries(wrong) });
  const diagnose = async () => {
    const { stdout } = await ksocket(home, ['diagnostics', 'credentials', '127.0.0.1', '--json']);
    assert.ok(!stdout.includes('canary'));
    const { checks } = JSON.parse(stdout) as {
      checks: { steps: { title: string; status: string; reason?: string }[] }[];
    };
    return checks[0]!.steps.filter(({ title }) => title.startsWith('Log in with'));
  };
  const refusals = () => server.log().match(/Failed password for/g)?.length ?? 0;

  const first = await diagnose();
  assert.equal(refusals(), 2, server.log());
  assert.deepEqual(
    first.map(({ reason }) => reason?.split(':', 1)[0]),
    ['login refused', 'login refused', 'account spared after refusals', 'account spared after refusals'],
  );
  assert.ok((await diagnose()).every(({ reason }) => reason?.startsWith('account spared after refusals')));
  assert.equal(refusals(), 2, 'a second process knows of them');

  await writeFile(join(home, 'etc/ksocket/credentials/ssh/1.toml'), file(server.password));
  const corrected = await diagnose();
  assert.equal(corrected.find(({ title }) => title.endsWith('1.toml'))?.status, 'ok', JSON.stringify(corrected));
  assert.equal(refusals(), 2);

  // That the host does lock is seen without the guard's memory.
  await writeFile(join(home, 'etc/ksocket/credentials/ssh/1.toml'), file('canary-1'));
  for (let i = 0; i < 2; i++) {
    await rm(join(home, 'var/lib/ksocket/lockout'), { recursive: true });
    await diagnose();
  }
  await rm(join(home, 'var/lib/ksocket/lockout'), { recursive: true });
  await writeFile(join(home, 'etc/ksocket/credentials/ssh/0.toml'), file(server.password));
  assert.equal((await diagnose())[0]?.status, 'failed', 'locked by its host');
});

test('a host with several addresses is known by its key, and asked twice for a plain name with a wrong password', {
  skip: noOpenSsh() ?? false,
}, async (t) => {
  const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4'];
  const server = await startOpenSsh({
    config: ['LogLevel VERBOSE', ...addresses.slice(1).map((it) => `ListenAddress ${it}`)],
  });
  t.after(() => server.stop());
  const file = `includes = ["127.0.0.0/24"]\nport = ${server.port}\n[account]\nusername = "${username}"\npassword = "canary"\n`;
  const home = await homeOf(t, { 'ksocket.toml': '', 'credentials/ssh/0.toml': file });
  const said: string[] = [];
  for (const address of addresses) {
    const { stdout } = await ksocket(home, ['diagnostics', 'credentials', address, '--json']);
    const { checks } = JSON.parse(stdout) as { checks: { steps: { title: string; reason?: string }[] }[] };
    said.push(checks[0]!.steps.find(({ title }) => title.startsWith('Log in with'))?.reason ?? '');
  }
  assert.deepEqual(
    said.map((it) => it.split(':', 1)[0]),
    ['login refused', 'login refused', 'account spared after refusals', 'account spared after refusals'],
  );
  assert.ok(said[3]!.includes(`at the host of ${server.fingerprint('ed25519')}: 2 refused`), said[3]);
  assert.equal(server.log().match(/Failed password for/g)?.length, 2, server.log());
});
