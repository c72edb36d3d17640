/** The whole exchange with Debian’s OpenSSH, cut at several hundred bytes in both directions and in each manner; see cut.test.ts. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { endsWell, sessionOver } from './testing/cut-session.js';
import { type CuttingProxy, cuttingProxy } from './testing/cutting-proxy.js';
import { noOpenSsh, type OpenSsh, startOpenSsh, username } from './testing/openssh.js';

/** Packets of the login are tens of bytes long, those of the answers up to 32 KiB. */
const stepBytes = { login: 37, answers: 2477 };
const loginBytes = 4000;

describe('every part of a session', { skip: noOpenSsh() ?? false }, () => {
  let server: OpenSsh;
  let proxy: CuttingProxy;
  const input = () => ({ timeout: 5, account: { username, password: server.password } });
  before(async () => {
    server = await startOpenSsh();
    proxy = await cuttingProxy(server.port);
  });
  after(async () => {
    await proxy?.stop();
    await server?.stop();
  });

  const ways = ['straight', 'to a hop'] as const;
  for (const [how, direction, way] of (['reset', 'end', 'silent'] as const).flatMap((how) =>
    (['down', 'up'] as const).flatMap((direction) => ways.map((way) => [how, direction, way] as const)),
  ))
    test(`${how} at any byte that goes ${direction} ${way}`, async (t) => {
      const came: Record<string, number> = {};
      const behind = way === 'straight' ? undefined : server.port;
      const whole = await sessionOver(proxy, input(), undefined, behind);
      assert.equal(whole.at, 'end');
      for (let at = 0; at < whole.passed[direction]; at += at < loginBytes ? stepBytes.login : stepBytes.answers) {
        const cut = { direction, after: at, how };
        const it = await sessionOver(proxy, input(), cut, behind);
        try {
          endsWell(it, cut, whole);
        } catch (error) {
          throw new Error(`${how} ${direction} after ${at} bytes: ${it.fault?.message}`, { cause: error });
        }
        const said = `${it.at} ${it.fault?.code ?? 'ok'} ${it.sections.length > 0 ? 'with' : 'without'} sections`;
        came[said] = (came[said] ?? 0) + 1;
      }
      t.diagnostic(JSON.stringify(came));
      assert.ok(Object.keys(came).length > 1);
    });
});
