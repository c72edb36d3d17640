/**
 * Connections to Debian’s OpenSSH that are reset, ended or left silent in every part of a session. Each comes to an end within the limits,
 * says what happened and what to do, leaves nothing behind and risks no secret that was not asked for; what was read before is reported
 * as cut. A finer sweep is in cut.system.ts.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type CutSession, endsWell, sessionOver } from './testing/cut-session.js';
import { type Cut, type CuttingProxy, cuttingProxy } from './testing/cutting-proxy.js';
import { noOpenSsh, type OpenSsh, startOpenSsh, username } from './testing/openssh.js';

describe('a session that is cut', { skip: noOpenSsh() ?? false }, () => {
  let server: OpenSsh;
  let proxy: CuttingProxy;
  let whole: CutSession;
  /** Behind a hop. */
  let far: CutSession;
  const input = () => ({ timeout: 5, account: { username, password: server.password } });
  before(async () => {
    server = await startOpenSsh();
    proxy = await cuttingProxy(server.port);
    whole = await sessionOver(proxy, input());
    far = await sessionOver(proxy, input(), undefined, server.port);
    assert.deepEqual([whole.at, far.at], ['end', 'end']);
  });
  after(async () => {
    await proxy?.stop();
    await server?.stop();
  });

  async function cutting(cut: Cut): Promise<CutSession> {
    const it = await sessionOver(proxy, input(), cut);
    endsWell(it, cut, whole);
    return it;
  }

  /** In the identification, KEXINIT, the key exchange, before and after the secret was asked for, as the channel is opened. */
  const places = (): Record<string, { down: number; up: number }> => {
    const { down, up } = whole.secrets[0] ?? assert.fail('a secret was asked for');
    return {
      'in the identification': { down: 11, up: 5 },
      'in KEXINIT': { down: 500, up: 500 },
      'in the key exchange': { down: 1200, up: up - 220 },
      'before the secret': { down: down - 10, up: up - 10 },
      'after the secret': { down: down + 10, up: up + 10 },
      'as a shell is asked for': { down: down + 450, up: up + 280 },
    };
  };
  for (const how of ['reset', 'silent'] as const) {
    test(`${how === 'reset' ? 'a reset' : 'silence'} in any part of the login and after it is an end with a reason`, async () => {
      for (const direction of ['down', 'up'] as const)
        for (const at of Object.values(places())) await cutting({ direction, after: at[direction], how });
    });

    test(`${how === 'reset' ? 'a reset' : 'silence'} in the middle of the answers leaves those that were whole`, async () => {
      const { sections } = await cutting({ direction: 'down', after: Math.round(whole.passed.down * 0.6), how });
      const stateOf = (name: string) => sections.find((it) => it.name === name)?.state;
      assert.equal(stateOf('os'), 'ok');
      assert.equal(stateOf('network'), 'ok');
      assert.equal(stateOf('security'), how === 'reset' ? 'truncated' : 'timeout');
      assert.deepEqual(
        sections.find((it) => it.name === 'os')?.data,
        whole.sections.find((it) => it.name === 'os')?.data,
      );
    });
  }

  for (const how of ['reset', 'silent'] as const)
    test(`${how === 'reset' ? 'a reset' : 'silence'} of a hop while a script runs behind it leaves what was read, and the hop is named`, async () => {
      const cut = { direction: 'down', after: Math.round(far.passed.down * 0.6), how } as const;
      const it = await sessionOver(proxy, input(), cut, server.port);
      endsWell(it, cut, far);
      assert.equal(it.fault?.code, how === 'reset' ? 'E_TUNNEL' : undefined);
      const stateOf = (name: string) => it.sections.find((section) => section.name === name)?.state;
      assert.equal(stateOf('os'), 'ok');
      assert.equal(stateOf('security'), how === 'reset' ? 'truncated' : 'timeout');
    });

  test('a hop that lets in and then says nothing is a time limit that names the way', async () => {
    const entered = far.secrets[0]?.up ?? assert.fail();
    const cut = { direction: 'up', after: entered + 160, how: 'silent' } as const;
    const { fault, isBehindHop } = await sessionOver(proxy, input(), cut, server.port);
    assert.deepEqual([isBehindHop, fault?.code], [true, 'E_TIMEOUT']);
    assert.match(fault?.message ?? '', /through 127\.0\.0\.1/);
  });

  test('a server that hangs up on the password is told with what that may mean', async () => {
    const { down } = whole.secrets[0] ?? assert.fail();
    const { fault } = await cutting({ direction: 'down', after: down + 4, how: 'end' });
    assert.equal(fault?.code, 'E_LOGIN');
  });

  test('a packet of four gibibytes in the place of any other is not waited for', async () => {
    // Enough to fill up the packet that was under way, too.
    const huge = Buffer.alloc(40 * 1024, 0xff);
    for (const at of [45, 1200, 1700, 2400]) {
      const it = await sessionOver(proxy, input(), { direction: 'down', after: at, how: huge });
      assert.equal(it.fault?.code, 'E_PROTOCOL', `at ${at}: ${it.fault?.message}`);
    }
  });
});
