/** Odd networks: a station that answers for everybody, and what nobody asked. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { labTest as lab } from './testing/lab.js';

describe('an odd network', { concurrency: 2 }, () => {
  lab('a gateway that answers ARP for everyone is a finding, and its inventions are no hosts', async (it) => {
    it.space('here');
    it.space('gateway');
    it.space('host');
    it.ip('gateway', 'link add br0 type bridge');
    it.cable(['here', 'v0', '10.66.0.1/24'], ['gateway', 'p0', '-']);
    it.cable(['host', 'v1', '10.66.0.9/24'], ['gateway', 'p1', '-']);
    for (const port of ['p0', 'p1']) it.ip('gateway', `link set ${port} master br0`);
    it.ip('gateway', 'addr add 10.66.0.254/24 dev br0');
    it.ip('gateway', 'link set br0 up');
    // Proxy ARP answers for what is routed elsewhere: a second link leads to the rest of the network.
    it.space('else');
    it.cable(['gateway', 'w0', '10.99.0.1/24'], ['else', 'w1', '10.99.0.2/24']);
    it.sysctl('gateway', 'net.ipv4.ip_forward', '1');
    it.sysctl('gateway', 'net.ipv4.conf.br0.proxy_arp', '1');
    it.sysctl('gateway', 'net.ipv4.neigh.br0.proxy_delay', '0');
    for (const half of ['10.66.0.0/25', '10.66.0.128/25']) it.ip('gateway', `route add ${half} via 10.99.0.2 dev w0`);
    it.ip('gateway', 'route add 10.66.0.1/32 dev br0');
    it.ip('gateway', 'route add 10.66.0.9/32 dev br0');
    const seen = await it.look('here', { look: ['10.66.0.0/24'] });
    assert.equal(seen.sightings.length, 254);
    const alive = seen.sightings.filter((one) => one.alive === 'yes').flatMap((one) => one.addresses);
    // The gateway itself refuses ports, which it does not do for those it answers ARP for.
    assert.deepEqual(alive.sort(), ['10.66.0.1', '10.66.0.254', '10.66.0.9']);
    assert.equal(
      seen.findings.filter((one) => one.finding === 'answers-for-others').length,
      1,
      JSON.stringify(seen.findings),
    );
  });
});
