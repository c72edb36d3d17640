/** Looks at networks of IPv6: neighbour discovery on a link, ICMPv6 behind a router. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { answers, type Lab, labTest } from './testing/lab.js';

/** `here` 2001:db8:66::1/64 on v0, and `there` that answers for ::2 and for ::40 to ::4f. */
function oneLink(it: Lab): void {
  it.space('here');
  it.space('there');
  it.cable(['here', 'v0', '2001:db8:66::1/64'], ['there', 'v1', '2001:db8:66::2/64']);
  for (let i = 0x40; i < 0x50; i++) it.ip('there', `-6 addr add 2001:db8:66::${i.toString(16)}/64 dev v1 nodad`);
}

/** `here` behind `middle`, whose far link is 2001:db8:67::/64 with `far` at ::2 and for ::40/124. */
function twoLinks(it: Lab): void {
  for (const name of ['here', 'middle', 'far']) it.space(name);
  it.cable(['here', 'v0', '2001:db8:66::1/64'], ['middle', 'v1', '2001:db8:66::fe/64']);
  it.cable(['middle', 'v2', '2001:db8:67::1/64'], ['far', 'v3', '2001:db8:67::2/64']);
  it.sysctl('middle', 'net.ipv6.conf.all.forwarding', '1');
  it.ip('middle', '-6 route add 2001:db8:67::40/124 via 2001:db8:67::2');
  it.ip('here', '-6 route add 2001:db8:67::/48 via 2001:db8:66::fe');
  it.sysctl('far', 'net.ipv6.conf.lo.disable_ipv6', '0');
  it.ip('far', '-6 route add default via 2001:db8:67::1');
  it.ip('far', '-6 route add local 2001:db8:67::40/124 dev lo');
}

describe('IPv6 on a link', { concurrency: 2 }, () => {
  labTest('all who are there are found with their MAC address, and nobody else', async (it) => {
    oneLink(it);
    const seen = await it.look('here', { look: ['2001:db8:66::/120'] });
    assert.equal(seen.end.error, undefined);
    assert.equal(seen.sightings.length, 256);
    const alive = seen.sightings.filter((one) => one.alive === 'yes' && one.mac !== undefined);
    assert.equal(alive.length, 17);
    const mac = it.mac('there', 'v1');
    assert.ok(alive.every((one) => one.mac === mac && answers(one)[0] === 'nd advertisement'));
    assert.deepEqual(answers(seen.of('2001:db8:66::99')), ['nd silent']);
    assert.equal(seen.of('2001:db8:66::99').alive, 'unknown');
    assert.equal(answers(seen.of('2001:db8:66::1'))[0], 'own up');
    assert.equal(seen.end.sockets[1], seen.end.sockets[0], 'sockets are left open');
  });

  labTest('forged advertisements prove nothing: not asked, not to us, through a router, damaged', async (it) => {
    oneLink(it);
    // For each solicitation, by the last byte of its target, an answer that is wrong in one way.
    await it.serveFrames(
      'there',
      'v1',
      0x86dd,
      `if (frame[54] !== 135) return;
       const last = frame[77];
       if (last < 0xa0 || last > 0xa5) return;
       const to = Buffer.from(frame);
       frame.copy(to, 0, 6, 12);
       Buffer.from('020000000077', 'hex').copy(to, 6);
       frame.copy(to, 22, 62, 78);
       frame.copy(to, 38, 22, 38);
       to[54] = 136; to[58] = 0x60; to[78] = 2;
       to.set([2, 0, 0, 0, 0, 0x77], 80);
       if (last === 0xa0) to[21] = 64;
       if (last === 0xa1) to[53] ^= 4;
       if (last === 0xa2) to[77] = 0xf1;
       if (last === 0xa3) to[5] ^= 1;
       to.fill(0, 56, 58);
       let sum = 58 + 32;
       for (let i = 22; i < 86; i += 2) sum += to.readUInt16BE(i);
       while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
       to.writeUInt16BE(~sum & 0xffff, 56);
       if (last === 0xa4) to[80] ^= 2;
       send(to);`,
    );
    const seen = await it.look('here', { look: ['2001:db8:66::a0/125'] });
    for (const last of ['a0', 'a1', 'a2', 'a3', 'a4'])
      assert.deepEqual(answers(seen.of(`2001:db8:66::${last}`)), ['nd silent'], last);
    // The same answer with nothing wrong in it is believed: it is the fault that counts above.
    assert.equal(seen.of('2001:db8:66::a5').mac, '02:00:00:00:00:77');
  });

  labTest('without raw rights TCP and the kernel’s neighbour table stand in', async (it) => {
    oneLink(it);
    const look = ['2001:db8:66::40', '2001:db8:66::99'];
    const seen = await it.look('here', { look }, { nobody: 'nothing' });
    assert.equal(seen.of('2001:db8:66::40').alive, 'yes');
    assert.equal(seen.of('2001:db8:66::40').mac, it.mac('there', 'v1'));
    assert.deepEqual(answers(seen.of('2001:db8:66::99')), ['tcp silent', 'neighbour-cache silent']);
    assert.ok(seen.findings.some((one) => one.text.startsWith('nd is not possible here')));
  });

  labTest('neighbours of this machine are candidates; failed and link-local ones are not', async (it) => {
    oneLink(it);
    it.ip('here', '-6 neigh replace 2001:db8:66::77 lladdr 02:00:00:00:00:77 dev v0');
    it.ip('here', '-6 neigh replace fe80::77 lladdr 02:00:00:00:00:77 dev v0');
    it.ip('here', '-6 neigh replace 2001:db8:66::78 nud failed dev v0');
    const seen = await it.look('here', { look: ['2001:db8:66::1'] });
    assert.deepEqual(seen.end.candidates, ['start 2001:db8:66::1', 'neighbour-cache 2001:db8:66::77']);
  });
});

describe('IPv6 behind a router', { concurrency: 2 }, () => {
  labTest('hosts are found by ICMPv6 echo, and a word of the router proves that one is not there', async (it) => {
    twoLinks(it);
    // How soon the router gives up its own neighbour discovery: 3 s by default; much sooner, a busy machine would not answer in time.
    it.sysctl('middle', 'net.ipv6.neigh.v2.retrans_time_ms', '250');
    it.ip('middle', '-6 route add unreachable 2001:db8:67:1::/64');
    it.ip('middle', '-6 route add prohibit 2001:db8:67:2::/64');
    const look = ['2001:db8:67::40/124', '2001:db8:67::99', '2001:db8:67:1::9', '2001:db8:67:2::9'];
    const seen = await it.look('here', { look });
    const alive = seen.sightings.filter((one) => one.alive === 'yes');
    assert.equal(alive.length, 16);
    for (const one of alive) assert.equal(answers(one)[0], 'icmp-echo reply');
    assert.deepEqual(answers(seen.of('2001:db8:67::99')), ['icmp-echo address-unreachable']);
    assert.equal(seen.of('2001:db8:67::99').alive, 'no');
    // Linux says "no route" for an unreachable one of IPv6: a word about the network.
    assert.equal(answers(seen.of('2001:db8:67:1::9'))[0], 'icmp-echo net-unreachable');
    assert.equal(seen.of('2001:db8:67:1::9').alive, 'unknown');
    assert.equal(answers(seen.of('2001:db8:67:2::9'))[0], 'icmp-echo communication-prohibited');
    assert.equal(seen.of('2001:db8:67:2::9').alive, 'unknown');
  });

  labTest('a ping socket is used where the system opens it to the group', async (it) => {
    twoLinks(it);
    it.sysctl('here', 'net.ipv4.ping_group_range', '0 2147483647');
    const seen = await it.look('here', { look: ['2001:db8:67::40/126'] }, { nobody: 'nothing' });
    assert.ok(seen.sightings.every((one) => answers(one)[0] === 'icmp-echo reply'));
  });

  labTest('a gateway that is down proves nobody dead', async (it) => {
    it.space('here');
    it.space('there');
    it.cable(['here', 'v0', '2001:db8:66::1/64'], ['there', 'v1', '2001:db8:66::2/64']);
    it.cable(['here', 'v2', '10.66.0.1/24'], ['there', 'v3', '10.66.0.2/24']);
    it.ip('here', '-6 route add 2001:db8:67::/64 via 2001:db8:66::fe');
    it.ip('here', 'route add 10.67.0.0/24 via 10.66.0.254');
    const seen = await it.look('here', { look: ['2001:db8:67::9', '10.67.0.9'] });
    assert.equal(seen.of('2001:db8:67::9').alive, 'unknown');
    assert.equal(seen.of('10.67.0.9').alive, 'unknown');
  });
});
