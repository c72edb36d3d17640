/** Credential files as the manual of the original shows them (3.2.1 and 3.2.3), read by the collectors that they are for. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importPlugins } from '../../core/container/plugins.js';
import { type Collector, Secret } from '../../core/contract/index.js';
import { readBook } from '../../core/credentials/index.js';
import { Redactor } from '../../core/runtime/index.js';

/** From dist/test/scenarios to the sources: the manual's text is not compiled. */
const manual = (name: string) =>
  readFileSync(
    join(dirname(fileURLToPath(import.meta.url)), `../../../test/scenarios/manual/credential.${name}.toml`),
    'utf8',
  );

/** Keys that the manual shows behind a comment mark. */
const commented = (text: string) => [...text.matchAll(/^#(\w+) = /gm)].map(([, name]) => name!);

const uncommented = (text: string, names: readonly string[]) =>
  names.reduce((it, name) => it.replace(new RegExp(`^#(?=${name} = )`, 'm'), ''), text);

async function readAs(t: TestContext, name: string, text: string) {
  const root = await mkdtemp(join(tmpdir(), 'ksocket-manual-'));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, name));
  const path = join(root, name, '00_common.toml');
  await writeFile(path, text);
  await chmod(path, 0o600);
  const collector = (await importPlugins()).find((it): it is Collector => it.kind === 'collector' && it.name === name)!;
  const { files, broken } = await readBook(root, collector, new Redactor(), undefined);
  return { file: files[0], reason: broken[0]?.reason, root };
}

/** With secrets as they are. */
const plain = (value: unknown): unknown => {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
};

const ssh = {
  port: 22,
  timeout: 5,
  sshTunnels: [],
  account: {
    username: 'john',
    password: 'passw0rd',
    clientKeys: [
      { filename: '../../id_rsa.common', passphrase: 'Common password' },
      { filename: '/root/.ssh/id_rsa', passphrase: 'Admin password' },
    ],
  },
};

test('the manual’s file for SSH is read as printed, every key that it leaves out with its default', async (t) => {
  const { file, reason } = await readAs(t, 'ssh', manual('ssh'));
  assert.equal(reason, undefined);
  assert.deepEqual(
    file!.includes.ranges.map(({ text }) => text),
    ['10.10.0.0/24', '10.20.0.1', '10.20.0.3'],
  );
  assert.deepEqual(file!.excludes.ranges, []);
  const credential = plain(file!.credential) as Record<string, unknown>;
  for (const [name, value] of Object.entries(ssh)) assert.deepEqual(credential[name], value, name);
});

test('the manual’s file for SNMP is read as printed, as one of SNMPv3 since it names a user', async (t) => {
  const { file, reason } = await readAs(t, 'snmp', manual('snmp'));
  assert.equal(reason, undefined);
  assert.deepEqual(plain(file!.credential), {
    port: 161,
    timeout: 5,
    retries: 0,
    retryInterval: 1,
    authData: {
      community: 'public',
      username: 'your-username',
      authProtocol: 'usmHMACMD5AuthProtocol',
      privProtocol: 'usmAesCfb128Protocol',
      privKey: 'priv-your-password',
    },
  });
});

const shown: Record<string, Record<string, unknown>> = {
  ssh: { port: 10022, timeout: 5, sshTunnels: ['10.10.0.1', '10.10.0.3'] },
  snmp: { port: 161, timeout: 5, retries: 0, retryInterval: 1, authKey: 'your-password' },
};

for (const [name, values] of Object.entries(shown)) {
  const text = manual(name);
  test(`each key that the manual’s file for ${name} shows as a comment is read once its mark is gone, and all of them together`, async (t) => {
    assert.deepEqual(commented(text), ['excludes', ...Object.keys(values)]);
    for (const names of [...commented(text).map((it) => [it]), commented(text)]) {
      const { file, reason } = await readAs(t, name, uncommented(text, names));
      assert.equal(reason, undefined, names.join());
      const credential = plain(file!.credential) as Record<string, Record<string, unknown>>;
      for (const key of names.filter((it) => it !== 'excludes'))
        assert.deepEqual(credential[key] ?? credential.authData?.[key], values[key], key);
      const excludes = file!.excludes.ranges.map((it) => it.text);
      assert.deepEqual(excludes, names.includes('excludes') ? ['10.10.0.1', '10.10.0.3'] : []);
    }
  });
}

test('a name that nobody knows is refused with its place and the name that was meant', async (t) => {
  for (const [name, from, to, sentence] of [
    ['ssh', '#port = 10022', 'prot = 10022', 'prot: unknown name; did you mean port?'],
    ['ssh', 'includes = ', 'include = ', 'include: unknown name; did you mean includes?'],
    ['ssh', 'password = ', 'pasword = ', 'account.pasword: unknown name; did you mean account.password?'],
    [
      'ssh',
      'filename = ',
      'filname = ',
      'account.clientKeys.0.filname: unknown name; did you mean account.clientKeys.0.filename?',
    ],
    ['ssh', '#sshTunnels', 'ssh_tunnels', 'ssh_tunnels: unknown name; did you mean sshTunnels?'],
    ['snmp', '#retryInterval', 'retryIntervall', 'retryIntervall: unknown name; did you mean retryInterval?'],
    ['snmp', 'privKey', 'privkey', 'authData.privkey: unknown name; did you mean authData.privKey?'],
    ['snmp', '#port = 161', 'entirelyElse = 1', 'entirelyElse: unknown name'],
  ] as const) {
    const { reason = '', root } = await readAs(t, name, manual(name).replace(from, to));
    const path = join(root, name, '00_common.toml');
    assert.equal(reason, `${path}: ${sentence}; correct ${path}`);
  }
});
