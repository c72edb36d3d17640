/** What an operator does about host keys, against OpenSSH: its server changes its key, its tools write the files that are imported. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { agent, failureOf, getsIn } from './testing/agent.js';
import { noOpenSsh, startOpenSsh, username } from './testing/openssh.js';

const unavailable = noOpenSsh();
const real = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const print = 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU';

describe('with OpenSSH', { skip: unavailable ?? false }, () => {
  test('a changed key is refused until it is approved, and the agent that runs then lets the host in', async () => {
    const first = await startOpenSsh();
    const { open, hostKeys } = agent();
    const { port } = first;
    const input = (password: string) => ({ port, account: { username, password } });
    await (await open(input(first.password))).close();
    const old = first.fingerprint('ed25519');
    await first.stop();
    const second = await startOpenSsh({ port });
    try {
      const key = second.fingerprint('ed25519');
      const error = await failureOf(open(input(second.password)), 'E_HOST_KEY');
      assert.ok(error.remedy?.includes(`ksocket hostkeys approve [127.0.0.1]:${port}`), error.remedy);
      const host = { address: '127.0.0.1', port, type: 'ssh-ed25519' };
      assert.deepEqual(await hostKeys.list(), [
        { ...host, fingerprint: old, state: 'known' },
        { ...host, fingerprint: key, state: 'refused' },
      ]);
      assert.deepEqual(await hostKeys.approve('127.0.0.1', port + 1), []);
      assert.deepEqual(await hostKeys.approve('127.0.0.1', port), [{ ...host, fingerprint: key, state: 'known' }]);
      assert.deepEqual(await hostKeys.list(), [{ ...host, fingerprint: key, state: 'known' }]);
      await (await open(input(second.password))).close();
      assert.equal((await hostKeys.forget('127.0.0.1')).length, 1);
      assert.deepEqual(await hostKeys.list(), []);
      await (await open(input(second.password))).close();
      assert.equal((await hostKeys.list())[0]?.fingerprint, key, 'it came as that of a new host');
    } finally {
      await second.stop();
    }
  });

  test('a host of a hashed known_hosts file is known, and one whose key there is another is refused', async () => {
    const server = await startOpenSsh();
    try {
      const scan = (flags: string[]) =>
        execFileSync('ssh-keyscan', [...flags, '-t', 'ed25519', '-p', String(server.port), '127.0.0.1'], {
          encoding: 'utf8',
          stdio: 'pipe',
        });
      const strict = {
        port: server.port,
        account: { username, password: server.password },
        allowPasswordToNewHost: false,
      };
      const good = agent();
      await failureOf(good.open(strict), 'E_HOST_KEY');
      const hashed = scan(['-H']);
      assert.match(hashed, /^\|1\|/m);
      assert.deepEqual(await good.hostKeys.import(hashed), { added: 1, skipped: [] });
      assert.deepEqual(await good.hostKeys.import(hashed), { added: 0, skipped: [] });
      await (await good.open(strict)).close();
      const other = agent();
      const wrong = hashed.replace(/ssh-ed25519 \S+/, `ssh-ed25519 ${real}`);
      await other.hostKeys.import(wrong);
      await failureOf(other.open({ ...strict, allowPasswordToNewHost: true }), 'E_HOST_KEY');
      assert.equal(
        (await other.hostKeys.forget('127.0.0.1', server.port)).length,
        2,
        'the hashed one and the refused one',
      );
      await getsIn({ port: server.port, account: { username, password: server.password } });
    } finally {
      await server.stop();
    }
  });
});

test('what cannot be used is left out with its line and reason; the rest is added once, in one form', async () => {
  const { hostKeys } = agent();
  const text = [
    '# mine',
    `192.0.2.1,web.example,2001:DB8::1 ssh-ed25519 ${real} a comment`,
    `[192.0.2.1]:22 ssh-ed25519 ${real}`,
    `[192.0.2.2]:2222 ssh-ed25519 ${real}`,
    `@cert-authority *.example ssh-ed25519 ${real}`,
    `@revoked 192.0.2.3 ssh-ed25519 ${real}`,
    `192.0.2.4 ssh-rsa ${real}`,
    'nonsense',
  ].join('\n');
  const { added, skipped } = await hostKeys.import(text);
  assert.equal(added, 4);
  assert.deepEqual(skipped, [
    'line 2: web.example is no address; the agent looks for addresses',
    'line 5: certificate authorities are not used',
    'line 7: the key is not of the type ssh-rsa',
    'line 8: is no entry of a known_hosts file',
  ]);
  const told = (await hostKeys.list()).map((it) => `${it.address} ${it.port} ${it.state} ${it.fingerprint}`);
  assert.deepEqual(told, [
    `192.0.2.1 22 known ${print}`,
    `2001:db8::1 22 known ${print}`,
    `192.0.2.2 2222 known ${print}`,
    `192.0.2.3 22 revoked ${print}`,
  ]);
});

test('of a line that names several hosts one is forgotten, and what is revoked stays revoked', async () => {
  const { host, hostKeys } = agent();
  await host.state.write(
    'known_hosts',
    `# mine\n192.0.2.1,192.0.2.2 ssh-ed25519 ${real}\n@revoked 192.0.2.1 ssh-ed25519 ${real}\n`,
  );
  assert.deepEqual(
    (await hostKeys.forget('192.0.2.1')).map(({ address }) => address),
    ['192.0.2.1'],
  );
  assert.equal(
    await host.state.read('known_hosts'),
    `# mine\n192.0.2.2 ssh-ed25519 ${real}\n@revoked 192.0.2.1 ssh-ed25519 ${real}\n`,
  );
  await host.state.write('refused_host_keys', `[192.0.2.1]:22 ssh-ed25519 ${real}\n`);
  await assert.rejects(hostKeys.approve('192.0.2.1'), /is marked @revoked/);
});
