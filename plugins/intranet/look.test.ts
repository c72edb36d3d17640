/** Looks from and into network namespaces: real kernels answer, or do not. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe } from 'node:test';
import { pcapObstacle } from './sockets/pcap-link.js';
import { answers, labTest as lab } from './testing/lab.js';
import { oneLink, twoLinks } from './testing/networks.js';

const noPcap = (await pcapObstacle())?.reason;

/** Without what the closer look heard. */
const byArp = (answer: string) => answer.startsWith('arp ');

describe('on a link', { concurrency: 1 }, () => {
  for (const carrier of ['pcap', 'packet-socket'] as const) {
    lab(`all who are there are found with their MAC address through ${carrier}, and nobody else`, async (it, t) => {
      if (carrier === 'pcap' && noPcap !== undefined) return t.skip(noPcap);
      oneLink(it);
      const seen = await it.look('here', { look: ['10.66.0.0/24'], carrier });
      const mac = it.mac('there', 'v1');
      assert.equal(seen.end.error, undefined);
      assert.equal(seen.sightings.length, 254);
      const alive = seen.sightings.filter((one) => one.alive === 'yes' && one.mac !== undefined);
      assert.equal(alive.length, 17);
      assert.ok(alive.every((one) => one.mac === mac && answers(one)[0] === 'arp reply'));
      assert.deepEqual(answers(seen.of('10.66.0.100')), ['arp silent']);
      assert.equal(seen.of('10.66.0.100').alive, 'unknown');
      assert.deepEqual(seen.of('10.66.0.1').evidence, [{ probe: 'own', answer: 'up' }]);
      const [before, after] = seen.end.sockets;
      assert.equal(after, before, 'sockets are left open');
      assert.ok(seen.end.ms < 20_000, `took ${seen.end.ms} ms`);
    });
  }

  lab('services that listen are told, and a knock that is answered', async (it) => {
    oneLink(it);
    await it.serve(
      'there',
      `require('net').createServer().listen(8080, () => {
         const udp = require('dgram').createSocket('udp4');
         udp.on('message', (m, from) => udp.send('yes', from.port, from.address)).bind(161, '10.66.0.2', () => console.log('up'));
       })`,
    );
    const seen = await it.look('here', { look: ['10.66.0.2', '10.66.0.70'], knock: 161 });
    assert.deepEqual(seen.of('10.66.0.2').services, [
      { name: 'snmp', port: 161 },
      { name: 'http-alt', port: 8080 },
    ]);
    assert.deepEqual(seen.of('10.66.0.70').services, [{ name: 'http-alt', port: 8080 }]);
  });

  lab('two stations that answer for one address are told', async (it) => {
    for (const name of ['here', 'switch', 'one', 'two']) it.space(name);
    it.ip('switch', 'link add br0 type bridge');
    it.ip('switch', 'link set br0 up');
    it.cable(['switch', 'p0', '-'], ['here', 'v0', '10.66.0.1/24']);
    it.cable(['switch', 'p1', '-'], ['one', 'v1', '10.66.0.5/24']);
    it.cable(['switch', 'p2', '-'], ['two', 'v1', '10.66.0.5/24']);
    for (const port of ['p0', 'p1', 'p2']) it.ip('switch', `link set ${port} master br0`);
    const seen = await it.look('here', { look: ['10.66.0.5'] });
    assert.deepEqual(answers(seen.of('10.66.0.5')).filter(byArp), ['arp reply', 'arp duplicate-mac']);
    const [finding] = seen.findings;
    assert.equal(finding?.finding, 'duplicate-ip');
    assert.ok([it.mac('one', 'v1'), it.mac('two', 'v1')].every((mac) => finding?.text.includes(mac)));
  });

  for (const carrier of ['pcap', 'packet-socket'] as const) {
    lab(`forged replies prove nothing: not asked, to others, announcements (${carrier})`, async (it, t) => {
      if (carrier === 'pcap' && noPcap !== undefined) return t.skip(noPcap);
      oneLink(it);
      // For each question, by the last byte of its target: .160 to another station, .161 to another address of ours, .162 an
      // announcement, .163 for an address that is not asked, .164 as it should be.
      await it.serveFrames(
        'there',
        'v1',
        0x0806,
        `const last = frame[41];
         if (frame[21] !== 1 || last < 160 || last > 164) return;
         const to = Buffer.from(frame);
         frame.copy(to, 0, 6, 12);
         to.set([2, 0, 0, 0, 0, 0x77], 6);
         to.set([2, 0, 0, 0, 0, 0x77], 22);
         to[21] = 2;
         frame.copy(to, 28, 38, 42);
         frame.copy(to, 32, 22, 32);
         if (last === 160) to[37] ^= 1;
         if (last === 161) to[41] ^= 8;
         if (last === 162) { to.fill(0xff, 32, 38); to.set(to.subarray(28, 32), 38); }
         if (last === 163) to[31] = 200;
         send(to);`,
      );
      const seen = await it.look('here', {
        look: ['10.66.0.160', '10.66.0.161', '10.66.0.162', '10.66.0.163', '10.66.0.164', '10.66.0.2'],
        carrier,
      });
      for (const last of [160, 161, 162, 163])
        assert.deepEqual(answers(seen.of(`10.66.0.${last}`)), ['arp silent'], `${last}`);
      assert.equal(seen.of('10.66.0.164').mac, '02:00:00:00:00:77');
      assert.ok(!seen.sightings.some((one) => one.addresses.includes('10.66.0.200')));
      assert.deepEqual(answers(seen.of('10.66.0.2')).filter(byArp), ['arp reply'], 'no second station');
    });
  }

  lab('no packet leaves for an address that is not permitted', async (it) => {
    oneLink(it);
    const before = it.sent('here', 'v0');
    const seen = await it.look('here', { look: ['10.66.0.70', '10.66.0.71'], forbidden: ['10.66.0.70', '10.66.0.71'] });
    // The one frame that ends a pcap session goes to nobody but this machine.
    assert.ok(it.sent('here', 'v0') - before <= 1);
    assert.equal(seen.of('10.66.0.70').alive, 'unknown');
    assert.deepEqual(answers(seen.of('10.66.0.70')), ['arp not-permitted']);
  });

  for (const carrier of ['pcap', 'packet-socket'] as const) {
    lab(`an interface that vanishes during the sweep leaves unknowns and a warning (${carrier})`, async (it, t) => {
      if (carrier === 'pcap' && noPcap !== undefined) return t.skip(noPcap);
      oneLink(it);
      let deleted = false;
      const seen = await it.look(
        'here',
        { look: ['10.66.0.0/24'], maxPacketRate: 400, carrier },
        {
          during: (one) => {
            if (one.evidence[0]?.probe === 'own' || deleted) return;
            deleted = true;
            it.ip('here', 'link del v0');
          },
        },
      );
      assert.equal(seen.end.error, undefined);
      assert.equal(seen.sightings.length, 254);
      assert.ok(seen.sightings.some((one) => answers(one).includes('arp interface-gone')));
      assert.equal(seen.end.log.filter((line) => line.startsWith('WARNING the interface was lost')).length, 1);
    });
  }

  lab('an abort ends the look at once and leaves no socket open', async (it) => {
    oneLink(it);
    const seen = await it.look('here', { look: ['10.66.0.0/24'], maxPacketRate: 100, abortAfter: 300 });
    assert.equal(seen.end.error, 'aborted by the test');
    // The whole would take 2.5 s at that rate, and more for those who are silent.
    assert.ok(seen.end.ms < 2400, `took ${seen.end.ms} ms`);
    assert.equal(seen.end.sockets[1], seen.end.sockets[0]);
  });
});

describe('behind a router', { concurrency: 3 }, () => {
  lab('hosts are found by ICMP echo, and a word of the router proves that one is not there', async (it) => {
    twoLinks(it);
    it.ip('middle', 'route add unreachable 10.67.1.0/24');
    it.ip('middle', 'route add prohibit 10.67.2.0/24');
    it.ip('middle', 'route add blackhole 10.67.3.0/24');
    const seen = await it.look('here', { look: ['10.67.0.64/28', '10.67.1.9', '10.67.2.9', '10.67.3.9'] });
    const alive = seen.sightings.filter((one) => one.alive === 'yes');
    assert.equal(alive.length, 14);
    assert.ok(alive.every((one) => answers(one)[0] === 'icmp-echo reply' && (one.evidence[0]?.rttMs ?? 9999) < 5000));
    assert.equal(seen.of('10.67.1.9').alive, 'no');
    assert.deepEqual(answers(seen.of('10.67.1.9')), ['icmp-echo host-unreachable']);
    assert.equal(seen.of('10.67.2.9').alive, 'unknown');
    assert.equal(answers(seen.of('10.67.2.9'))[0], 'icmp-echo communication-prohibited');
    assert.equal(seen.of('10.67.3.9').alive, 'unknown');
    assert.deepEqual(answers(seen.of('10.67.3.9')), ['icmp-echo silent', 'icmp-timestamp silent', 'tcp silent']);
  });

  lab('a host that is silent to echo is found by the reply to a timestamp', async (it) => {
    twoLinks(it);
    it.sysctl('far', 'net.ipv4.icmp_echo_ignore_all', '1');
    const seen = await it.look('here', { look: ['10.67.0.64/28'] });
    for (const one of seen.sightings)
      assert.deepEqual(answers(one), ['icmp-echo silent', 'icmp-timestamp reply', ...answers(one).slice(2)]);
  });

  lab('a host that ignores ICMP is found by the RST of a closed port', async (it) => {
    twoLinks(it);
    it.drop('far', 'v3', 'icmp');
    const seen = await it.look('here', { look: ['10.67.0.64/28'] });
    assert.ok(seen.sightings.every((one) => one.alive === 'yes' && answers(one).includes('tcp rst')));
    assert.ok(seen.sightings.every((one) => answers(one)[0] === 'icmp-echo silent'));
  });

  lab('too few descriptors slow the look and make nobody silent', async (it) => {
    twoLinks(it);
    it.drop('far', 'v3', 'icmp');
    await it.serve('far', `require('net').createServer().listen(8080, () => console.log('up'))`);
    const seen = await it.look('here', { look: ['10.67.0.64/28'], descriptors: 40 });
    assert.equal(seen.end.error, undefined);
    assert.ok(seen.sightings.every((one) => one.alive === 'yes'));
    assert.ok(seen.sightings.every((one) => one.services?.[0]?.name === 'http-alt'));
  });

  lab('a host that answers neither ICMP nor TCP is found by a knock', async (it) => {
    twoLinks(it);
    it.drop('far', 'v3', 'icmp');
    it.drop('far', 'v3', 'tcp');
    await it.serve(
      'far',
      `const udp = require('dgram').createSocket('udp4');
       udp.on('message', (m, from) => udp.send('yes', from.port, from.address)).bind(161, '10.67.0.2', () => console.log('up'))`,
    );
    const seen = await it.look('here', { look: ['10.67.0.2', '10.67.0.65'], knock: 161 });
    assert.equal(seen.of('10.67.0.2').alive, 'yes');
    assert.deepEqual(seen.of('10.67.0.2').services, [{ name: 'snmp', port: 161 }]);
    assert.equal(seen.of('10.67.0.65').alive, 'yes');
    assert.ok(answers(seen.of('10.67.0.65')).includes('udp port-unreachable'));
  });

  lab('the default gateway and the neighbours of this machine are candidates', async (it) => {
    twoLinks(it);
    it.ip('here', 'route add default via 10.66.0.254');
    it.ip('here', 'neigh replace 10.66.0.77 lladdr 02:00:00:00:00:77 dev v0');
    const seen = await it.look('here', { look: ['10.66.0.1'] });
    assert.deepEqual(seen.end.candidates, ['start 10.66.0.1', 'gateway 10.66.0.254', 'neighbour-cache 10.66.0.77']);
  });

  lab('what this machine has no route to stays unknown without a packet', async (it) => {
    oneLink(it);
    const seen = await it.look('here', { look: ['10.99.0.1'] });
    assert.deepEqual(seen.of('10.99.0.1').evidence, [{ probe: 'route', answer: 'no-route' }]);
  });
});

describe('without raw rights', { concurrency: 2 }, () => {
  lab('TCP and the kernel’s neighbour table stand in, and what is not possible is told with its remedy', async (it) => {
    oneLink(it);
    it.space('mute');
    it.cable(['here', 'v2', '10.68.0.1/24'], ['mute', 'v3', '10.68.0.2/32']);
    it.sysctl('mute', 'net.ipv4.conf.all.rp_filter', '0');
    it.sysctl('mute', 'net.ipv4.conf.v3.rp_filter', '0');
    const wanted = { look: ['10.66.0.70', '10.66.0.100', '10.68.0.2'] };
    const seen = await it.look('here', wanted, { nobody: 'nothing' });
    assert.equal(seen.end.error, undefined);
    assert.equal(seen.of('10.66.0.70').alive, 'yes');
    assert.equal(seen.of('10.66.0.70').mac, it.mac('there', 'v1'));
    assert.ok(answers(seen.of('10.66.0.70')).includes('tcp rst'));
    // It resolves, and answers nothing that it would need a route for.
    assert.equal(answers(seen.of('10.68.0.2')).at(-1), 'neighbour-cache reply');
    assert.equal(seen.of('10.68.0.2').mac, it.mac('mute', 'v3'));
    assert.equal(seen.of('10.66.0.100').alive, 'unknown');
    const told = seen.findings.filter((one) => one.finding === 'probe-not-possible').map((one) => one.text);
    assert.equal(told.length, 3, told.join('\n'));
    assert.ok(told.every((text) => text.includes('CAP_NET_RAW')));
    assert.match(told.join('\n'), /^arp is not possible here .*: hosts of links are asked through the system/m);
    const diagnosed = (words: string) => seen.end.diagnosis.find((one) => one.title.startsWith(words));
    assert.equal(diagnosed('raw sockets')?.ok, false);
    for (const words of ['packet socket for neighbour discovery', 'TCP SYN packets', 'ICMPv6 echo']) {
      assert.equal(diagnosed(words)?.ok, false, words);
      assert.match(diagnosed(words)?.remedy ?? '', /CAP_NET_RAW/);
    }
    assert.equal(diagnosed('routes')?.ok, true, 'the kernel tells its routes to everybody');
  });

  lab('the capability CAP_NET_RAW is all that frames, echoes and SYN packets need, without root', async (it) => {
    twoLinks(it);
    it.drop('far', 'v3', 'icmp');
    const wanted = { look: ['10.66.0.254', '10.67.0.64/28'] };
    const seen = await it.look('here', wanted, { nobody: 'CAP_NET_RAW' });
    assert.deepEqual(
      seen.findings.filter((one) => one.finding === 'probe-not-possible'),
      [],
    );
    assert.equal(answers(seen.of('10.66.0.254'))[0], 'arp reply');
    const far = seen.sightings.filter((one) => one.addresses[0]?.startsWith('10.67.'));
    assert.equal(far.length, 14);
    assert.ok(far.every((one) => answers(one).includes('tcp rst') && answers(one).includes('icmp-timestamp silent')));
  });

  lab('a ping socket is used where the system opens it to the group', async (it) => {
    twoLinks(it);
    it.sysctl('here', 'net.ipv4.ping_group_range', '0 2147483647');
    const seen = await it.look('here', { look: ['10.67.0.64/28'] }, { nobody: 'nothing' });
    assert.equal(seen.sightings.length, 14);
    assert.ok(seen.sightings.every((one) => answers(one)[0] === 'icmp-echo reply'));
  });
});

lab('a link with 200 alive hosts is swept completely, beside arp-scan', async (it, t) => {
  it.space('here');
  it.space('there');
  it.cable(['here', 'v0', '10.66.0.1/24'], ['there', 'v1', '10.66.0.2/24']);
  for (const net of ['10.66.0.32/29', '10.66.0.64/26', '10.66.0.128/25'])
    it.ip('there', `route add local ${net} dev lo`);
  const seen = await it.look('here', { look: ['10.66.0.0/24'] });
  const alive = seen.sightings.filter((one) => one.mac !== undefined).length;
  assert.equal(alive, 200);
  t.diagnostic(`intranet: ${alive} alive in ${Math.round(seen.end.ms)} ms, services and names included`);
  t.diagnostic(
    `event loop held for at most ${seen.end.blockedMs.toFixed(1)} ms, RSS ${Math.round(seen.end.rssMiB)} MiB`,
  );
  if (!existsSync('/usr/sbin/arp-scan')) return;
  const peer = it.peer('here', ['arp-scan', '-q', '-I', 'v0', '10.66.0.0/24']);
  const found = /(\d+) responded/.exec(peer.output)?.[1];
  t.diagnostic(`arp-scan: ${found} answered in ${Math.round(peer.ms)} ms`);
});
