/**
 * IP Helper with a node.exe under wine, in namespaces. wine 8 most likely writes the status of an echo that ends to where the stack of its caller was (its
 * IcmpSendEcho2Ex hands over the address of a local variable), so a whole look now and then brings node.exe down there. The child
 * asks one thing after the other for that, and is started again when it broke down.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Lab } from './testing/lab.js';
import type { Told } from './testing/windows.js';
import { Wine, wineObstacle } from './testing/wine.js';
import { numberOf } from './wire/ipv4.js';

const mostBreakdowns = 3;
const [open, firewalled, absent, routed] = ['192.0.2.2', '198.51.100.2', '192.0.2.77', '203.0.113.1'];
const timedOut = 11_010;

describe('IP Helper', { skip: wineObstacle() ?? false }, () => {
  const lab = new Lab();
  const wine = new Wine(lab, 'agent');
  let missing: string | undefined;
  let told: Told | undefined;
  let breakdowns = 0;

  before(() => {
    for (const space of ['agent', 'open', 'firewalled']) lab.space(space);
    lab.cable(['agent', 'eth0', '192.0.2.1/24'], ['open', 'eth0', `${open}/24`]);
    lab.cable(['agent', 'eth1', '198.51.100.1/24'], ['firewalled', 'eth0', `${firewalled}/24`]);
    lab.ip('agent', `route add default via ${open}`);
    lab.ip('open', `addr add ${routed}/32 dev lo`);
    lab.sysctl('firewalled', 'net.ipv4.icmp_echo_ignore_all', '1');
    // wine sends its echoes through ping sockets.
    lab.sysctl('agent', 'net.ipv4.ping_group_range', '0 2147483647');
    missing = wine.prepare();
    if (missing !== undefined) return;
    for (; told === undefined && breakdowns < mostBreakdowns; breakdowns += told === undefined ? 1 : 0)
      told = wine.ask([open, firewalled, absent, routed]);
  });
  after(async () => {
    wine.close();
    await lab.close();
  });

  const titled = (title: string, check: (told: Told) => void) =>
    test(title, (t) => {
      if (missing !== undefined) t.skip(missing);
      else {
        assert.ok(told !== undefined, `wine broke down ${mostBreakdowns} times`);
        if (breakdowns > 0) t.diagnostic(`wine broke down ${breakdowns} times before`);
        check(told);
      }
    });

  titled('loads in node.exe, and diagnose says what it is used for', ({ diagnosis }) => {
    const details = new Map(diagnosis.map((it) => [it.title, it.detail]));
    assert.equal(details.get('IP Helper for routes and neighbours'), 'loaded');
    assert.equal(details.get('ICMP echo'), 'through IcmpSendEcho2');
    assert.equal(details.get('default gateways'), open);
  });

  titled('tells the routes by the names that Node has for the interfaces', ({ routes }) => {
    const lines = routes.map((it) => `${it.destination}/${it.prefix} ${it.gateway ?? 'on-link'} ${it.interface}`);
    assert.deepEqual(lines.sort(), [
      `0/0 ${open} eth0`,
      `${numberOf('192.0.2.0')}/24 on-link eth0`,
      `${numberOf('198.51.100.0')}/24 on-link eth1`,
    ]);
  });

  titled('sends echoes that are answered on the link and behind the router, and time out with silent hosts', (it) => {
    const words = it.echoes.map((end) => (typeof end === 'object' ? `${end.word} of ${end.from}` : end));
    assert.deepEqual(words, [`reply of ${open}`, timedOut, timedOut, `reply of ${routed}`]);
  });

  titled('knows then the MAC addresses of all that answer ARP, the firewalled too, and of nobody else', (it) => {
    const lines = it.neighbours.map(({ address, mac, interface: name }) => `${address} ${mac} ${name}`);
    assert.deepEqual(lines.sort(), [
      `${open} ${lab.mac('open', 'eth0')} eth0`,
      `${firewalled} ${lab.mac('firewalled', 'eth0')} eth1`,
    ]);
  });
});
