import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { testCall, testHost } from 'ksocket/testing';
import { credential } from './credential.js';
import snmp from './index.js';
import { openSnmp } from './testing/open.js';
import { udpAgent } from './testing/udp-agent.js';

const parsed = (file: unknown) => credential.safeParse(file);
const problem = (file: unknown) => parsed(file).error?.issues.map((it) => `${it.path.join('.')} ${it.message}`)[0];

test('A community name is all that a file needs', () => {
  const { port, timeout, retries, retryInterval, authData } = credential.parse({ authData: { community: 'public' } });
  assert.deepEqual({ port, timeout, retries, retryInterval }, { port: 161, timeout: 5, retries: 0, retryInterval: 1 });
  assert.equal(authData.community?.reveal(), 'public');
});

test('Secrets are never printed', () => {
  const v3 = {
    username: 'john',
    authProtocol: 'usmHMACSHAAuthProtocol',
    authKey: 'canary-1',
    privProtocol: 'usmAesCfb128Protocol',
    privKey: 'canary-2',
  };
  const file = credential.parse({ authData: { community: 'canary-3', ...v3 } });
  assert.ok(!(inspect(file, { depth: 9 }) + JSON.stringify(file)).includes('canary'));
});

test('A file without anybody to ask as is wrong', () => {
  assert.match(problem({ authData: {} }) ?? '', /community is missing/);
  assert.match(problem({}) ?? '', /^authData/);
  assert.match(problem({ authData: { community: '' } }) ?? '', /empty/);
});

test('Fields of SNMPv3 without a user name are wrong, so that nothing falls back to clear text', () => {
  assert.match(problem({ authData: { community: 'public', privKey: 'x' } }) ?? '', /username is missing/);
  assert.match(
    problem({ authData: { community: 'public', authProtocol: 'usmHMACMD5AuthProtocol' } }) ?? '',
    /username is missing/,
  );
});

test('Encryption without authentication is wrong', () => {
  const user = { username: 'john' };
  assert.match(
    problem({ authData: { ...user, privProtocol: 'usmDESPrivProtocol', privKey: 'x' } }) ?? '',
    /authProtocol is missing/,
  );
  const auth = { authProtocol: 'usmHMAC384SHA512AuthProtocol', authKey: 'eight888' };
  assert.ok(parsed({ authData: { ...user, ...auth } }).success);
});

test('A protocol without its key is told before the first packet', async () => {
  const call = { ...testCall(), datagram: () => assert.fail('a socket was asked for') };
  const { open } = snmp.setup(testHost({}));
  for (const [authData, lacks] of [
    [{ authProtocol: 'usmHMACMD5AuthProtocol' }, 'authKey is missing for usmHMACMD5AuthProtocol'],
    [
      { authProtocol: 'usmHMACMD5AuthProtocol', authKey: 'eight888', privProtocol: 'usm3DESEDEPrivProtocol' },
      'privKey is missing for usm3DESEDEPrivProtocol',
    ],
  ] as const) {
    const file = credential.parse({ authData: { username: 'john', ...authData } });
    await assert.rejects(open({ address: '127.0.0.1', own: false }, file, call), {
      code: 'E_CREDENTIAL',
      message: `credential file not usable: ask 127.0.0.1 by SNMPv3: authData.${lacks}`,
    });
  }
});

test('Unknown fields and values out of range are wrong', () => {
  const authData = { community: 'public' };
  for (const wrong of [
    { Port: 161 },
    { port: 0 },
    { timeout: 0 },
    { timeout: 1e9 },
    { retries: -1 },
    { retries: 1.5 },
    { retryInterval: -1 },
  ])
    assert.ok(!parsed({ authData, ...wrong }).success, JSON.stringify(wrong));
  assert.ok(!parsed({ authData: { community: 'public', authProtocol: 'md5' } }).success);
});

test('Passwords are as long as SNMPv3 wants them, and names are not longer', () => {
  const user = { username: 'john', authProtocol: 'usmHMACSHAAuthProtocol', authKey: 'seven77' };
  assert.match(problem({ authData: user }) ?? '', /authKey is shorter than 8 octets/);
  assert.ok(parsed({ authData: { ...user, authKey: 'eight888' } }).success);
  // Octets count, of which 鍵 has three and é two.
  assert.ok(!parsed({ authData: { ...user, authKey: '鍵éab' } }).success);
  assert.ok(parsed({ authData: { ...user, authKey: '鍵鍵ab' } }).success);
  const encrypted = { ...user, authKey: 'eight888', privProtocol: 'usmAesCfb128Protocol' };
  assert.match(problem({ authData: { ...encrypted, privKey: 'seven77' } }) ?? '', /privKey is shorter/);
  assert.match(
    problem({ authData: { ...user, authKey: 'eight888', username: 'j'.repeat(33) } }) ?? '',
    /username is longer/,
  );
});

test('A context is one of SNMPv3', () => {
  assert.match(problem({ authData: { community: 'public', contextName: 'vlan-1' } }) ?? '', /username is missing/);
  assert.ok(parsed({ authData: { username: 'john', contextName: 'vlan-1' } }).success);
});

test('Where a user name is given, no datagram holds the community name', async (t) => {
  const seen: Buffer[] = [];
  const agent = await udpAgent(t, (datagram) => {
    seen.push(datagram);
    return [];
  });
  const authData = { community: 'canary-3', username: 'john' };
  await assert.rejects(openSnmp({ port: agent.port, authData, timeout: 0.1, retries: 1 }), { code: 'E_TIMEOUT' });
  assert.equal(seen.length, 2);
  for (const it of seen) assert.ok(!it.includes('canary'));
});

test('Diagnostics tell the version of the library', async () => {
  const lines = [];
  for await (const line of snmp.setup(testHost({})).diagnose!()) lines.push(line);
  assert.equal(lines.length, 1);
  assert.ok(lines[0]?.ok);
  assert.match(lines[0]?.detail ?? '', /^\d+\.\d+\.\d+$/);
});
