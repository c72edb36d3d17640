import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding, Sighting } from 'ksocket/plugin';
import { Crowd } from './crowd.js';
import { Stations } from './stations.js';

const gateway = '02:00:00:00:00:fe';
const macOf = (n: number) => `02:00:00:00:01:${n.toString(16).padStart(2, '0')}`;
const addresses = (count: number) => Array.from({ length: count }, (_, i) => `10.0.0.${i + 1}`);
const refusal = { probe: 'tcp', answer: 'rst', port: 443 };

const arp = (address: string, mac: string, more: Partial<Sighting> = {}): Sighting => ({
  ...{ addresses: [address], alive: 'yes', mac, evidence: [{ probe: 'arp', answer: 'reply' }] },
  ...more,
});
const routed = (address: string, probe: string, answer: string, more: Partial<Sighting> = {}): Sighting => ({
  ...{ addresses: [address], alive: 'yes', evidence: [{ probe, answer }] },
  ...more,
});
const silent = (address: string): Sighting => ({
  ...{ addresses: [address], alive: 'unknown', evidence: [{ probe: 'arp', answer: 'silent' }] },
});
const alive = (out: readonly Sighting[]) => out.filter((it) => it.alive === 'yes').map((it) => it.addresses[0]);

/** On a link. */
function link(sightings: readonly Sighting[]) {
  const out: Sighting[] = [];
  const stations = new Stations((it) => out.push(it));
  for (const it of sightings) stations.add(it);
  const atOnce = alive(out).length;
  return { atOnce, findings: [...stations.end()], out, alive: alive(out) };
}

/** Behind a router. */
function far(asked: readonly string[], sightings: readonly Sighting[]) {
  const out: Sighting[] = [];
  const findings: Finding[] = [];
  const crowd = new Crowd(
    (it) => out.push(it),
    (it) => findings.push(it),
  );
  for (const it of asked) crowd.expect(it);
  for (const it of sightings) crowd.add(it);
  const atOnce = alive(out).length;
  crowd.end();
  return { atOnce, findings, out, alive: alive(out) };
}

test('one station that answers for everybody is told, and invents no hosts', () => {
  const seen = link(addresses(254).map((it) => arp(it, gateway)));
  assert.deepEqual(seen.alive, []);
  assert.equal(seen.out.length, 254);
  assert.ok(seen.out.every((it) => it.evidence.at(-1)?.answer === 'answered-like-all'));
  assert.deepEqual(
    seen.findings.map((it) => it.finding),
    ['answers-for-others'],
  );
  assert.match(
    seen.findings[0]?.text ?? '',
    /^02:00:00:00:00:fe answers for 254 addresses .* the 254 of which nothing else/,
  );
});

test('for whatever part of a network a station answers, hosts are those that show something themselves, however many', () => {
  for (const size of [27, 150, 251]) {
    const real = Math.floor(size / 2);
    const seen = link(
      addresses(size).map((it, n) => {
        if (n >= real) return arp(it, gateway);
        if (n % 3 === 0) return arp(it, gateway, { services: [{ name: 'ssh', port: 22 }] });
        if (n % 3 === 1) return arp(it, gateway, { names: [{ name: `h${n}`, source: 'dns' }] });
        return arp(it, gateway, { evidence: [{ probe: 'arp', answer: 'reply' }, refusal] });
      }),
    );
    assert.equal(seen.alive.length, real, `${size} addresses`);
    assert.equal(seen.findings.length, 1);
  }
});

test('a network full of hosts is handed on soon, even if nothing else is heard of them, and a host with few addresses at the end', () => {
  const full = link(addresses(254).map((it, n) => arp(it, macOf(n))));
  assert.equal(full.atOnce, 254 - 65);
  assert.equal(full.alive.length, 254);
  assert.deepEqual(full.findings, []);
  const few = link(addresses(5).map((it) => arp(it, gateway)));
  assert.equal(few.alive.length, 5);
  assert.deepEqual(
    few.findings.map((it) => it.finding),
    ['duplicate-mac'],
  );
});

test('a MAC address with several addresses is a finding, one of a virtual router is not', () => {
  const { findings } = link([
    arp('10.0.0.1', macOf(1)),
    arp('10.0.0.2', macOf(2)),
    arp('10.0.0.3', macOf(2)),
    arp('10.0.0.4', '00:00:5e:00:01:0a'),
    arp('10.0.0.5', '00:00:5e:00:01:0a'),
    silent('10.0.0.6'),
  ]);
  assert.equal(findings.length, 1);
  assert.match(findings[0]?.text ?? '', /^02:00:00:00:01:02 answers for 2 addresses \(10\.0\.0\.2, 10\.0\.0\.3\)/);
});

test('a firewall that resets all is told where every single address of a block does so', () => {
  const all = addresses(254);
  const seen = far(
    all,
    all.map((it) => routed(it, 'tcp', 'rst')),
  );
  assert.deepEqual(seen.alive, []);
  assert.match(seen.findings[0]?.text ?? '', /^10\.0\.0\.0\/24: 254 of 254 addresses answer, .*answers for everybody/);
});

test('neither a nearly full network of like phones nor a list of like servers is a crowd', () => {
  const all = addresses(254);
  const phones = far(
    all,
    all.map((it, n) => (n % 20 === 3 ? silent(it) : routed(it, 'icmp-echo', 'reply'))),
  );
  assert.equal(phones.alive.length, 241);
  const servers = addresses(150).map((it) =>
    routed(it, 'icmp-echo', 'reply', { services: [{ name: 'ssh', port: 22 }] }),
  );
  const listed = far(addresses(150), servers);
  assert.equal(listed.atOnce, 150);
  assert.deepEqual([phones.findings, listed.findings], [[], []]);
});

test('whoever says something that only he can say is a host, in a full network too', () => {
  const all = addresses(254);
  const seen = far(
    all,
    all.map((it, n) => {
      const ssh = { name: 'ssh', port: 22 };
      return routed(it, 'icmp-echo', 'reply', { services: [n < 200 ? { ...ssh, banner: 'SSH-2.0-x' } : ssh] });
    }),
  );
  assert.equal(seen.alive.length, 254);
});

test('answers from afar are handed on as soon as silence shows that not everything answers', () => {
  const all = addresses(254);
  const seen = far(all, [
    ...all.slice(0, 50).map((it) => routed(it, 'icmp-echo', 'reply')),
    ...all.slice(50, 53).map(silent),
  ]);
  assert.equal(seen.atOnce, 50);
});
