/**
 * The intranet mode with a node.exe under wine, in namespaces. wine 8 lets Windows' driver write a status where the caller's stack was when an
 * echo ends (its IcmpSendEcho2Ex gives the address of a local variable), so now and then it brings node.exe down while TCP connects
 * are open. The looks are short for that, and one that broke down is done again.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Sighting } from 'ksocket/plugin';
import { Lab } from './testing/lab.js';
import type { End, Wanted } from './testing/look.js';
import { Wine, wineObstacle } from './testing/wine.js';

const mostBreakdowns = 4;

describe('Windows without a packet driver', { skip: wineObstacle() ?? false }, () => {
  const lab = new Lab();
  const wine = new Wine(lab, 'agent');
  let missing: string | undefined;

  before(() => {
    lab.space('agent');
    lab.space('open');
    lab.space('firewalled');
    lab.cable(['agent', 'eth0', '192.0.2.1/24'], ['open', 'eth0', '192.0.2.2/24']);
    lab.cable(['agent', 'eth1', '198.51.100.1/24'], ['firewalled', 'eth0', '198.51.100.2/24']);
    lab.ip('agent', 'route add default via 192.0.2.2');
    lab.ip('open', 'addr add 203.0.113.1/32 dev lo');
    lab.sysctl('firewalled', 'net.ipv4.icmp_echo_ignore_all', '1');
    lab.drop('firewalled', 'tcp');
    // wine sends its echoes through ping sockets.
    lab.sysctl('agent', 'net.ipv4.ping_group_range', '0 2147483647');
    missing = wine.prepare();
  });
  after(async () => {
    wine.close();
    await lab.close();
  });

  /** Undefined when the test was skipped. */
  const look = (
    t: { skip(reason: string): void; diagnostic(line: string): void },
    wanted: Wanted,
  ): { sightings: readonly Sighting[]; end: End } | undefined => {
    if (missing !== undefined) {
      t.skip(missing);
      return undefined;
    }
    for (let breakdowns = 0; breakdowns < mostBreakdowns; breakdowns++) {
      const seen = wine.look(wanted);
      if (seen !== undefined) return seen;
      t.diagnostic('wine broke down; once more');
    }
    throw new Error(`wine broke down ${mostBreakdowns} times`);
  };

  test('echoes find who is on the link and behind the router; MAC addresses come from the neighbour table', (t) => {
    const seen = look(t, { look: ['192.0.2.2', '203.0.113.1'] });
    if (seen === undefined) return;
    const of = (address: string) => seen.sightings.find((it) => it.addresses.includes(address));
    const proof = (address: string) => of(address)?.evidence.map((it) => `${it.probe} ${it.answer}`);
    assert.deepEqual(proof('192.0.2.2'), ['icmp-echo reply']);
    assert.deepEqual(proof('203.0.113.1'), ['icmp-echo reply']);
    assert.equal(of('192.0.2.2')?.mac, lab.mac('open', 'eth0'));
    assert.equal(of('203.0.113.1')?.mac, undefined);
    const told = new Map(seen.end.diagnosis.map((it) => [it.title, it.detail]));
    assert.equal(told.get('ICMP echo'), 'through IcmpSendEcho2');
    assert.equal(told.get('default gateways'), '192.0.2.2');
  });

  test('who answers nothing but ARP is found in the neighbour table', (t) => {
    const seen = look(t, { look: ['198.51.100.2'] });
    if (seen === undefined) return;
    const [sighting] = seen.sightings;
    assert.equal(sighting?.alive, 'yes');
    assert.deepEqual(
      sighting?.evidence.map((it) => `${it.probe} ${it.answer}`),
      ['icmp-echo silent', 'neighbour-cache reply'],
    );
    assert.equal(sighting?.mac, lab.mac('firewalled', 'eth0'));
  });

  test('nobody is silence of both', (t) => {
    const seen = look(t, { look: ['192.0.2.77', '192.0.2.78'] });
    if (seen === undefined) return;
    assert.deepEqual(
      seen.sightings.map((it) => it.alive),
      ['unknown', 'unknown'],
    );
    for (const { evidence } of seen.sightings)
      assert.deepEqual(
        evidence.map((it) => `${it.probe} ${it.answer}`),
        ['icmp-echo silent', 'neighbour-cache silent'],
      );
  });

  test(
    'an older entry is asked for again by ResolveIpNetEntry2',
    {
      skip: 'wine 8 has no ResolveIpNetEntry2: reviewed against its page, never run',
    },
    () => undefined,
  );

  test(
    'a router’s unreachable becomes a reply with its status',
    {
      skip: 'wine 8 asks through ping sockets, which hear no unreachables: reviewed against ICMP_ECHO_REPLY, never run',
    },
    () => undefined,
  );
});
