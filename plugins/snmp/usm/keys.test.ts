/** Known answers; the ciphers that the keys are for meet real agents in snmpd.test.ts and pysnmp.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { secret } from 'ksocket/plugin';
import { extend, Keys, localise, passwordToKey } from './keys.js';

/** Of all examples: RFC 3414, appendix A.3. */
const password = Buffer.from('maplesyrup');
const engineId = Buffer.from('000000000000000000000002', 'hex');
const hex = (bytes: Buffer) => bytes.toString('hex');

test('Keys of passwords are those of RFC 3414, appendix A.3', () => {
  const md5 = passwordToKey('md5', password);
  assert.equal(hex(md5), '9faf3283884e92834ebc9847d8edd963');
  assert.equal(hex(localise('md5', md5, engineId)), '526f5eed9fcce26f8964c2930787d82b');
  const sha = passwordToKey('sha1', password);
  assert.equal(hex(sha), '9fb5cc0381497b3793528939ff788d5d79145211');
  assert.equal(hex(localise('sha1', sha, engineId)), '6695febc9288e36282235fc7151f128497b38f3f');
});

test('Keys are made longer as draft-reeder-snmpv3-usm-3desede-00 has it in its appendix B', () => {
  const md5 = localise('md5', passwordToKey('md5', password), engineId);
  const long = '526f5eed9fcce26f8964c2930787d82b79eff44a90650ee0a3a40abfac5acc12';
  assert.equal(hex(extend('md5', md5, engineId, 32, 'reeder')), long);
  const sha = localise('sha1', passwordToKey('sha1', password), engineId);
  const longer = '6695febc9288e36282235fc7151f128497b38f3f9b8b6d78936ba6e7d19dfd9cd2d5065547743fb5';
  assert.equal(hex(extend('sha1', sha, engineId, 40, 'reeder')), longer);
});

test('The other way of making a key longer hashes what is there (draft-blumenthal-aes-usm-04, 3.1.2.1)', () => {
  const md5 = localise('md5', passwordToKey('md5', password), engineId);
  const long = '526f5eed9fcce26f8964c2930787d82bfa24a92467426c2f4b09192be10dfaec';
  assert.equal(hex(extend('md5', md5, engineId, 32, 'blumenthal')), long);
  const sha = localise('sha1', passwordToKey('sha1', password), engineId);
  assert.equal(
    hex(extend('sha1', sha, engineId, 24, 'blumenthal')),
    '6695febc9288e36282235fc7151f128497b38f3f505e07eb',
  );
});

test('A key is computed once for a secret and an engine, and shows nothing', () => {
  const keys = new Keys();
  const it = secret().parse('maplesyrup');
  const first = keys.authentication(it, 'sha1', engineId);
  assert.equal(hex(first), '6695febc9288e36282235fc7151f128497b38f3f');
  assert.equal(keys.authentication(it, 'sha1', Buffer.from(engineId)), first);
  const long = keys.encryption(it, 'sha1', engineId, 32, 'reeder');
  assert.equal(keys.encryption(it, 'sha1', engineId, 32, 'reeder'), long);
  assert.notDeepEqual(keys.encryption(it, 'sha1', engineId, 32, 'blumenthal'), long);
  assert.ok(!inspect(keys, { depth: 9, showHidden: true }).includes('maplesyrup'));
});

test('Which way of making a key longer an engine has understood is remembered, for it and as a guess for others', () => {
  const keys = new Keys();
  const it = secret().parse('maplesyrup');
  assert.deepEqual(keys.understood(it, engineId), {});
  keys.understand(it, engineId, 'blumenthal');
  assert.deepEqual(keys.understood(it, engineId), { engine: 'blumenthal', latest: 'blumenthal' });
  assert.deepEqual(keys.understood(it, Buffer.from('other')), { engine: undefined, latest: 'blumenthal' });
});
