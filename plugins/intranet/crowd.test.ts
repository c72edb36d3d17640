import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding, Sighting } from 'ksocket/plugin';
import { Crowd } from './crowd.js';
import { Stations } from './stations.js';

const gateway = '02:00:00:00:00:fe';
const macOf = (n: number) => `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`;
const addresses = (count: number) => Array.from({ length: count }, (_, i) => `10.0.0.${i + 1}`);

function scene(asked: readonly string[]) {
  const out: Sighting[] = [];
  const findings: Finding[] = [];
  const crowd = new Crowd(
    (it) => out.push(it),
    (it) => findings.push(it),
  );
  for (const it of asked) crowd.expect(it);
  return { crowd, out, findings, alive: () => out.filter((it) => it.alive === 'yes').map((it) => it.addresses[0]) };
}

const arp = (address: string, mac: string, more: Partial<Sighting> = {}): Sighting => ({
  ...{ addresses: [address], alive: 'yes', mac, evidence: [{ probe: 'arp', answer: 'reply' }] },
  ...more,
});
const routed = (address: string, probe: string, answer: string, port?: number): Sighting => ({
  ...{ addresses: [address], alive: 'yes' },
  evidence: [{ probe, answer, ...(port === undefined ? {} : { port }) }],
});
const silent = (address: string): Sighting => ({
  ...{ addresses: [address], alive: 'unknown', evidence: [{ probe: 'arp', answer: 'silent' }] },
});

test('one station that answers for everybody is told, and invents no hosts', () => {
  const all = addresses(254);
  const { crowd, out, findings, alive } = scene(all);
  for (const it of all) crowd.add(arp(it, gateway));
  assert.deepEqual(alive(), []);
  assert.equal(out.length, 254);
  assert.ok(out.every((it) => it.evidence.at(-1)?.answer === 'answered-like-all'));
  assert.equal(findings.length, 1);
  assert.equal(findings[0]?.finding, 'everything-answers');
  assert.match(
    findings[0]?.text ?? '',
    /^10\.0\.0\.0\/24: 254 of 254 addresses answer, nearly all from 02:00:00:00:00:fe/,
  );
});

test('behind such a station those that show something of their own stay hosts, and lost answers do not hide it', () => {
  const all = addresses(254);
  const { crowd, findings, alive } = scene(all);
  for (const [n, it] of all.entries()) {
    if (n % 50 === 0)
      crowd.add(
        arp(it, gateway, {
          services: [
            { name: 'ssh', port: 22 },
            { name: 'http', port: n + 80 },
          ],
        }),
      );
    else if (n % 60 === 7) crowd.add(silent(it));
    else crowd.add(arp(it, gateway));
  }
  assert.equal(alive().length, 6);
  assert.equal(findings.length, 1);
});

test('where a cloud’s gateway answers ARP for all, hosts are those that answer something themselves, however many they are', () => {
  const all = addresses(251);
  const { crowd, findings, alive } = scene(all);
  for (const [n, it] of all.entries()) {
    const refusal = { probe: 'tcp', answer: 'rst', port: 443 };
    // 150 real ones: most serve something, some only refuse.
    if (n < 130) crowd.add(arp(it, gateway, { services: [{ name: 'ssh', port: 22, banner: `SSH-2.0-x${n}` }] }));
    else if (n < 150) crowd.add(arp(it, gateway, { evidence: [{ probe: 'arp', answer: 'reply' }, refusal] }));
    else crowd.add(arp(it, gateway));
  }
  assert.equal(alive().length, 150);
  assert.equal(findings.length, 1);
});

test('a network full of hosts is a network full of hosts', () => {
  const all = addresses(254);
  const { crowd, findings, alive } = scene(all);
  for (const [n, it] of all.entries()) crowd.add(arp(it, macOf(n % 254)));
  assert.equal(alive().length, 254);
  assert.deepEqual(findings, []);
});

test('answers are handed on as soon as enough silence shows that not everything answers', () => {
  const all = addresses(200);
  const { crowd, out, alive } = scene(all);
  for (const it of all.slice(0, 50)) crowd.add(arp(it, gateway));
  assert.equal(out.length, 0);
  for (const it of all.slice(50, 71)) crowd.add(silent(it));
  assert.equal(alive().length, 50);
  crowd.add(arp(all[100] ?? '', gateway));
  assert.equal(alive().length, 51);
});

test('a firewall that resets all is told where every single address does so; a nearly full network of like hosts is not', () => {
  const all = addresses(254);
  const resets = scene(all);
  for (const [n, it] of all.entries()) resets.crowd.add(routed(it, 'tcp', 'rst', n % 2 ? 443 : 80));
  assert.deepEqual(resets.alive(), []);
  assert.match(resets.findings[0]?.text ?? '', /answers for everybody/);
  const phones = scene(all);
  for (const [n, it] of all.entries()) phones.crowd.add(n % 20 === 3 ? silent(it) : routed(it, 'icmp-echo', 'reply'));
  assert.equal(phones.alive().length, 241);
  assert.deepEqual(phones.findings, []);
});

test('a few addresses named by hand are never a crowd, and an end hands on what is held', () => {
  const few = scene(addresses(20));
  for (const it of addresses(20)) few.crowd.add(arp(it, gateway));
  assert.equal(few.alive().length, 20);
  const cut = scene(addresses(254));
  for (const it of addresses(100)) cut.crowd.add(arp(it, gateway));
  assert.equal(cut.out.length, 0);
  cut.crowd.end();
  assert.equal(cut.alive().length, 100);
});

test('a MAC address with several addresses is a finding, one of a virtual router is not', () => {
  const stations = new Stations();
  stations.add(arp('10.0.0.1', macOf(1)));
  stations.add(arp('10.0.0.2', macOf(2)));
  stations.add(arp('10.0.0.3', macOf(2)));
  stations.add(arp('10.0.0.4', '00:00:5e:00:01:0a'));
  stations.add(arp('10.0.0.5', '00:00:5e:00:01:0a'));
  stations.add(silent('10.0.0.6'));
  const findings = [...stations.findings()];
  assert.equal(findings.length, 1);
  assert.match(findings[0]?.text ?? '', /^02:00:00:00:00:02 answers for 2 addresses \(10\.0\.0\.2, 10\.0\.0\.3\)/);
});
