/** Every pair of security protocols that Debian's snmpd has, against it; and what it says to those whom it refuses. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Failure } from 'ksocket/plugin';
import { all, openSnmp } from '../testing/open.js';
import { type Snmpd, snmpd, withoutSnmpd } from '../testing/snmpd.js';
import { authDataOf, type TestUser, testUser } from '../testing/users.js';
import { type AuthName, auths, type PrivName } from './protocols.js';

const skip = withoutSnmpd();
const authNames = Object.keys(auths) as AuthName[];

/** What snmpd calls them; AES-192-C and AES-256-C are those with Reeder's keys, as Cisco has them. */
const authOfSnmpd: Record<AuthName, string> = {
  usmHMACMD5AuthProtocol: 'MD5',
  usmHMACSHAAuthProtocol: 'SHA',
  usmHMAC128SHA224AuthProtocol: 'SHA-224',
  usmHMAC192SHA256AuthProtocol: 'SHA-256',
  usmHMAC256SHA384AuthProtocol: 'SHA-384',
  usmHMAC384SHA512AuthProtocol: 'SHA-512',
};
const privOfSnmpd: Partial<Record<PrivName, string>> = {
  usmDESPrivProtocol: 'DES',
  usmAesCfb128Protocol: 'AES',
  usmAesCfb192Protocol: 'AES-192-C',
  usmAesCfb256Protocol: 'AES-256-C',
  usmAesBlumenthalCfb192Protocol: 'AES-192',
  usmAesBlumenthalCfb256Protocol: 'AES-256',
};

const privNames = Object.keys(privOfSnmpd) as PrivName[];
const users = [
  testUser(),
  ...authNames.flatMap((auth) => [testUser(auth), ...privNames.map((priv) => testUser(auth, priv))]),
];

function lineOf({ name, auth, priv, authKey, privKey }: TestUser): string[] {
  const level = priv ? 'priv' : auth ? 'auth' : 'noauth';
  const words = ['createUser', name];
  if (auth) words.push(authOfSnmpd[auth], authKey!);
  if (priv) words.push(privOfSnmpd[priv]!, privKey!);
  return [words.join(' '), `rouser ${name} ${level}`];
}
const lines = ['sysname probe.example.net', ...users.flatMap(lineOf)];

async function tried({ port }: Snmpd, authData: Record<string, unknown>, timeout = 10): Promise<'ok' | Failure> {
  try {
    const session = await openSnmp({ port, authData, timeout });
    await session.close();
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    assert.ok(!`${error.stack} ${error.sentence}`.includes('canary'), 'a secret leaks');
    return error;
  }
}

test('Every pair of security protocols of snmpd opens a session', { skip }, async (t) => {
  const agent = await snmpd(t, 'unused', lines);
  const table: string[] = [];
  for (const user of users) {
    const result = await tried(agent, authDataOf(user));
    const said = result === 'ok' ? result : result.sentence;
    table.push(`${(user.auth ?? 'none').padEnd(29)} ${(user.priv ?? 'none').padEnd(31)} ${said}`);
  }
  t.diagnostic(`\n${table.join('\n')}`);
  assert.equal(table.length, 1 + 6 * 7);
  assert.deepEqual(
    table.filter((line) => !line.endsWith(' ok')),
    [],
  );
});

const md5 = 'usmHMACMD5AuthProtocol';
const sha = 'usmHMACSHAAuthProtocol';
const sha256 = 'usmHMAC192SHA256AuthProtocol';
const plain = testUser(sha);
const encrypted = testUser(sha256, 'usmAesCfb128Protocol');

test('Each refusal has its own reason, and names the field of the credential file', { skip }, async (t) => {
  const agent = await snmpd(t, 'unused', lines);
  const good = authDataOf(encrypted);
  const level = { privProtocol: 'usmNoPrivProtocol', privKey: undefined };
  const cases: [what: string, authData: Record<string, unknown>, code: string, remedy: RegExp][] = [
    ['wrong user', { ...good, username: 'nobody-else' }, 'E_LOGIN', /authData\.username/],
    ['wrong auth password', { ...good, authKey: 'canary-wrong' }, 'E_LOGIN', /authData\.authKey/],
    ['wrong auth protocol', { ...good, authProtocol: sha }, 'E_LOGIN', /authData\.authProtocol/],
    ['wrong priv password', { ...good, privKey: 'canary-wrong' }, 'E_LOGIN', /authData\.privKey/],
    ['level too high', { ...good, ...authDataOf(plain), privProtocol: encrypted.priv }, 'E_UNSUPPORTED', /authPriv/],
    ['level too low', { ...good, ...level }, 'E_PRIVILEGE', /authNoPriv/],
    ['no auth', { username: encrypted.name }, 'E_PRIVILEGE', /noAuthNoPriv/],
    ['unknown context', { ...good, contextName: 'nowhere' }, 'E_UNSUPPORTED', /authData\.contextName/],
  ];
  for (const [what, authData, code, remedy] of cases) {
    const result = await tried(agent, authData, 1);
    assert.ok(result instanceof Failure, `${what}: ${result}`);
    t.diagnostic(`${what}: ${result.code} ${result.sentence}`);
    assert.equal(result.code, code, what);
    assert.match(result.remedy ?? '', remedy, what);
    assert.match(result.place, /^ask 127\.0\.0\.1:\d+ by SNMP v3 as \S+$/);
  }
  assert.equal(await tried(agent, good), 'ok');
});

test('An AES key of the name in use until now is tried in the other way, too', { skip }, async (t) => {
  const agent = await snmpd(t, 'unused', lines);
  const other = testUser(md5, 'usmAesBlumenthalCfb256Protocol');
  const authData = { ...authDataOf(other), privProtocol: 'usmAesCfb256Protocol' };
  assert.equal(await tried(agent, authData, 1), 'ok');
});

test('A session goes on when snmpd starts again, also when it forgets how often it has started', {
  skip,
}, async (t) => {
  const agent = await snmpd(t, 'unused', lines);
  const session = await openSnmp({ port: agent.port, authData: authDataOf(encrypted), timeout: 10 });
  t.after(() => session.close());
  await agent.restart();
  await all(session.neighbours());
  await agent.restart(async (folder) => {
    const file = join(folder, 'snmpd.conf');
    const stored = await readFile(file, 'utf8');
    assert.match(stored, /^engineBoots [2-9]$/m);
    await writeFile(file, stored.replace(/^engineBoots \d+$/m, 'engineBoots 0'));
  });
  for await (const section of session.inspect()) assert.ok(section);
});
