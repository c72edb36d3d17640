/** Hosts that are silent to ICMP, asked by SYN packets of our own. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { answers, type Lab, labTest } from './testing/lab.js';
import { twoLinks } from './testing/networks.js';

/** Two links, whose far hosts drop ICMP; nobody's neighbour table has to learn anything. */
function silentToIcmp(it: Lab): void {
  twoLinks(it);
  it.drop('far', 'v3', 'icmp');
  it.acquaint('here', 'v0', '10.66.0.254', ['middle', 'v1']);
  it.acquaint('middle', 'v1', '10.66.0.1', ['here', 'v0']);
  it.acquaint('middle', 'v2', '10.67.0.2', ['far', 'v3']);
  it.acquaint('far', 'v3', '10.67.0.1', ['middle', 'v2']);
}

const ipv4 = 0x0800;

describe('SYN packets', { concurrency: 2 }, () => {
  labTest('an open port is told with its service, and the host keeps no half-open connection', async (it) => {
    silentToIcmp(it);
    await it.serve(
      'far',
      `const { createServer } = require('net');
       let up = 0;
       for (const port of [22, 80, 443]) createServer().listen(port, () => { if (++up === 3) console.log('up'); });`,
    );
    const seen = await it.look('here', { look: ['10.67.0.2'] });
    const host = seen.of('10.67.0.2');
    assert.deepEqual(answers(host), ['icmp-echo silent', 'icmp-timestamp silent', 'tcp syn-ack']);
    assert.deepEqual(
      host.services?.map((one) => one.port),
      [22, 80, 443],
    );
    // SYN_RECV is 03 in the table.
    const halfOpen = it.peer('far', ['cat', '/proc/net/tcp', '/proc/net/tcp6']).output.split('\n');
    assert.ok(!halfOpen.some((line) => line.trim().split(/\s+/)[3] === '03'));
    assert.equal(seen.end.sockets[1], seen.end.sockets[0], 'sockets are left open');
  });

  labTest('an answer that does not acknowledge our very number proves nothing', async (it) => {
    silentToIcmp(it);
    it.drop('far', 'v3', 'tcp');
    // .65 answers rightly, .66 acknowledges another number, .67 resets without a number, .68 answers for .69.
    await it.serveFrames(
      'far',
      'v3',
      ipv4,
      `if (frame[23] !== 6 || frame[47] !== 2) return;
       const last = frame[33];
       if (last < 65 || last > 68) return;
       const to = Buffer.from(frame);
       frame.copy(to, 0, 6, 12); frame.copy(to, 6, 0, 6);
       frame.copy(to, 26, 30, 34); frame.copy(to, 30, 26, 30);
       frame.copy(to, 34, 36, 38); frame.copy(to, 36, 34, 36);
       to.writeUInt32BE((frame.readUInt32BE(38) + (last === 66 ? 2 : 1)) >>> 0, 42);
       to[47] = last === 67 ? 4 : 0x14;
       if (last === 68) to[29] = 69;
       to.fill(0, 24, 26);
       let sum = 0;
       for (let i = 14; i < 34; i += 2) sum += to.readUInt16BE(i);
       while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
       to.writeUInt16BE(~sum & 0xffff, 24);
       send(to);`,
    );
    const seen = await it.look('here', { look: ['10.67.0.64/28'] });
    assert.equal(answers(seen.of('10.67.0.65')).at(-1), 'tcp rst');
    const alive = seen.sightings.filter((one) => one.alive === 'yes').flatMap((one) => one.addresses);
    assert.deepEqual(alive, ['10.67.0.65']);
  });

  labTest('a router’s word about a SYN proves that nobody is there', async (it) => {
    silentToIcmp(it);
    it.ip('middle', 'route add unreachable 10.67.0.0/24 table 100');
    it.ip('middle', 'rule add pref 6 iif v1 ipproto 6 lookup 100');
    const seen = await it.look('here', { look: ['10.67.0.2'] });
    assert.equal(answers(seen.of('10.67.0.2')).at(-1), 'tcp host-unreachable');
    assert.equal(seen.of('10.67.0.2').alive, 'no');
  });

  labTest('no SYN leaves for a port that the policy forbids', async (it) => {
    silentToIcmp(it);
    it.drop('far', 'v3', 'tcp');
    await it.serveFrames('far', 'v3', ipv4, "if (frame[23] === 6) say('port ' + frame.readUInt16BE(36))");
    await it.look('here', { look: ['10.67.0.70'], forbiddenPorts: [443, 445] });
    const ports = [...it.said('far').matchAll(/port (\d+)/g)].map((match) => Number(match[1]));
    assert.deepEqual(ports, [80, 22, 3389, 135, 5985, 8080]);
  });

  labTest('a host of IPv6 that is silent to echo is found by its RST', async (it) => {
    for (const name of ['here', 'middle', 'far']) it.space(name);
    it.cable(['here', 'v0', '2001:db8:66::1/64'], ['middle', 'v1', '2001:db8:66::fe/64']);
    it.cable(['middle', 'v2', '2001:db8:67::1/64'], ['far', 'v3', '2001:db8:67::2/64']);
    it.sysctl('middle', 'net.ipv6.conf.all.forwarding', '1');
    it.ip('here', '-6 route add 2001:db8:67::/64 via 2001:db8:66::fe');
    it.ip('far', '-6 route add default via 2001:db8:67::1');
    it.sysctl('far', 'net.ipv6.icmp.echo_ignore_all', '1');
    const seen = await it.look('here', { look: ['2001:db8:67::2', '2001:db8:67::3'] });
    assert.deepEqual(answers(seen.of('2001:db8:67::2')), ['icmp-echo silent', 'tcp rst']);
    assert.notEqual(seen.of('2001:db8:67::3').alive, 'yes');
  });
});
