/** When the collector asks the core whether the account may be risked, at a real OpenSSH. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { failure } from 'ksocket/plugin';
import { testCall, testHost } from 'ksocket/testing';
import plugin from './index.js';
import { credentialOf, target } from './testing/agent.js';
import { noOpenSsh, type OpenSsh, startOpenSsh, username } from './testing/openssh.js';

describe('with an OpenSSH server', { skip: noOpenSsh() ?? false }, () => {
  let server: OpenSsh;
  before(async () => {
    server = await startOpenSsh({ config: ['LogLevel VERBOSE'] });
    server.key('id', ['-t', 'ed25519']);
  });
  after(async () => server?.stop());

  async function asked(account: object, answer: () => Promise<void> = async () => undefined) {
    let times = 0;
    const call = {
      ...testCall({ directory: server.folder }),
      beforeSecret: () => {
        times += 1;
        return answer();
      },
    };
    const credential = credentialOf({ port: server.port, account: { username, ...account } });
    const came = await plugin
      .setup(testHost({}))
      .open(target, credential, call)
      .then(
        async (session) => {
          await session.close();
          return 'in';
        },
        (error: { code?: string }) => error.code,
      );
    return [came, times];
  }

  test('nobody is asked where a key is enough, and once before a password leaves', async () => {
    const clientKeys = [{ filename: 'id' }];
    assert.deepEqual(await asked({ clientKeys, password: 'canary' }), ['in', 0]);
    assert.deepEqual(await asked({ password: server.password }), ['in', 1]);
    assert.deepEqual(await asked({ password: 'canary' }), ['E_LOGIN', 1]);
  });

  test('the key that the host has proved is told, so that all its addresses are one host', async () => {
    const told: (string | undefined)[] = [];
    const beforeSecret = async (host?: string) => void told.push(host);
    const credential = credentialOf({ port: server.port, account: { username, password: server.password } });
    const call = { ...testCall({ directory: server.folder }), beforeSecret };
    const session = await plugin.setup(testHost({})).open(target, credential, call);
    await session.close();
    assert.deepEqual(told, [server.fingerprint('ed25519')]);
  });

  test('a password does not leave when the account is spared', async () => {
    const refusals = () => server.log().match(/Failed password/g)?.length ?? 0;
    const before = refusals();
    const spared = async () => {
      throw failure('E_LOCKOUT', 'test');
    };
    assert.deepEqual(await asked({ password: 'canary' }, spared), ['E_LOCKOUT', 1]);
    assert.equal(refusals(), before);
  });
});
