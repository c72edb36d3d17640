/** One attempt to open the link, and how it ended. Whatever is said of it must hold neither the token nor a password. */
import assert from 'node:assert/strict';
import { testClock } from '../../../test/kit/index.js';
import { Secret } from '../../contract/index.js';
import type { Route } from '../dial.js';
import { type ProxyServer, proxyFor } from '../proxy.js';
import { type LinkEnd, openLink } from '../websocket.js';

export const canaryToken = 'ks1_canary-of-the-token';
export const canaryUser = 'agent7';
/** With what a URL, a header and a configuration file each could stumble over. */
export const canaryPassword = 'canary:p/4ss#w?rd';
/** tinyproxy's configuration takes letters and digits only. */
export const plainPassword = 'canaryHush4proxy';

/** A proxy as connect.proxy names it. */
export function proxy(scheme: string, port: number, login?: string) {
  const password = scheme.startsWith('http') ? plainPassword : encodeURIComponent(canaryPassword);
  const before = login ?? `${canaryUser}:${password}@`;
  return proxyFor(new URL('wss://unused.test/'), new Secret(`${scheme}://${before}127.0.0.1:${port}`)) as ProxyServer;
}

export interface Outcome extends LinkEnd {
  readonly opened: boolean;
}

/** Closes an open link at once with 1000; `breakAfter` ms breaks the attempt off, open or not. */
export function attempt(
  url: string,
  route: Partial<Route> & { token?: string; breakAfter?: number; stay?: boolean } = {},
): Promise<Outcome> {
  const { token = canaryToken, breakAfter, stay = false, ...rest } = route;
  let opened = false;
  let ends = 0;
  return new Promise((resolve, reject) => {
    const breakOff = openLink(
      { url: new URL(url), token: new Secret(token), agent: 'ksocket/test', clock: testClock, verify: true, ...rest },
      {
        opened: (channel) => {
          opened = true;
          if (!stay) channel.close(1000, 'enough');
        },
        received: () => {},
        drained: () => {},
        ended: (end) => {
          ends += 1;
          try {
            assert.equal(ends, 1, 'a link ends once');
            for (const secret of [token, plainPassword, canaryPassword, encodeURIComponent(canaryPassword)])
              assert.ok(!JSON.stringify(end).includes(secret), 'a secret in the reason');
            assert.ok(!end.reason.includes('\n'), 'one line');
          } catch (error) {
            reject(error);
          }
          // A second end would come within the next turns of the loop.
          setTimeout(() => resolve({ ...end, opened }), 20);
        },
      },
    );
    if (breakAfter !== undefined) setTimeout(breakOff, breakAfter);
  });
}
