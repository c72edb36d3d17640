import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, storyOf } from './explain.js';
import type { TrailEvent } from './trail.js';

const head: TrailEvent = {
  ...{
    is: 'scan',
    at: '2026-01-01T00:00:00.000Z',
    mode: 'intranet',
    start: ['10.0.0.0/24'],
    allow: [],
    deny: [],
    collect: true,
  },
};
const end: TrailEvent = { is: 'end', at: '', counts: { probed: 254, alive: 2, entered: 1, collected: 1 }, notes: [] };
const trail: TrailEvent[] = [
  head,
  { is: 'lead', range: '10.0.0.0/24', source: 'start' },
  { is: 'lead', range: '10.0.0.5', source: 'neighbour-cache' },
  { is: 'left', address: '10.0.0.9', source: 'start', why: 'policy.toml denies 10.0.0.8/30' },
  {
    is: 'seen',
    node: '10.0.0.7',
    addresses: ['10.0.0.7'],
    alive: 'unknown',
    evidence: [{ probe: 'arp', answer: 'silent' }],
    source: 'start',
  },
  {
    ...{
      is: 'seen',
      node: '10.0.0.5',
      addresses: ['10.0.0.5'],
      alive: 'yes',
      source: 'start',
      mac: '02:00:00:00:00:05',
    },
    evidence: [{ probe: 'arp', answer: 'reply', rttMs: 0.4 }],
    services: [{ name: 'ssh', port: 22 }],
  },
  { is: 'finding', node: '10.0.0.5', kind: 'duplicate-ip', text: 'two stations answer for 10.0.0.5' },
  {
    ...{ is: 'section', node: '10.0.0.5', name: 'hardware', state: 'needs-privilege' },
    missing: [{ field: 'product.serial', state: 'needs-privilege', reason: 'sudo is not allowed' }],
    provenance: { collector: 'ssh', credential: 'ssh/1.toml', at: '', durationMs: 5 },
  },
  {
    ...{ is: 'node', node: '10.0.0.5', at: '' },
    outcomes: [
      {
        ...{ collector: 'ssh', result: 'partial', matched: ['ssh/0.toml', 'ssh/1.toml', 'ssh/2.toml'] },
        tried: [{ credential: 'ssh/0.toml', code: 'E_LOGIN', reason: 'login refused' }, { credential: 'ssh/1.toml' }],
      },
      {
        collector: 'snmp',
        result: 'skipped',
        code: 'E_NO_CREDENTIAL',
        reason: 'no credential file matches',
        remedy: 'add one',
      },
    ],
  },
  end,
];

const told = (address: string, events = trail) =>
  explain(storyOf(address, events)).map(({ step, ok, text }) => `${ok ? '+' : '-'} ${step}: ${text[0]}`);

test('a host that was entered: candidate, probe, files in their order, each login, what came of it', () => {
  assert.deepEqual(told('10.0.0.5'), [
    '+ candidate: in the start range 10.0.0.0/24 of the order',
    '+ candidate: named by: neighbour-cache',
    '+ exclusion: nothing excludes it',
    '+ liveness: asked by arp: reply (0.4 ms)',
    '+ liveness: so it is alive',
    '+ liveness: MAC address 02:00:00:00:00:05',
    '+ liveness: services: ssh 22',
    '- finding: two stations answer for 10.0.0.5',
    '+ credentials: ssh: ssh/0.toml, ssh/1.toml, ssh/2.toml match, in this order',
    '- login: ssh: ssh/0.toml did not get in: login refused',
    '+ login: ssh: ssh/1.toml got in',
    '+ login: ssh: ssh/2.toml was not tried',
    '- credentials: snmp: no credential file matches; add one',
    '- details: hardware by ssh (ssh/1.toml): needs-privilege; missing product.serial needs-privilege (sudo is not allowed)',
  ]);
});

test('silence is told as what it is, an exclusion with its rule and file, and what nobody named as that', () => {
  assert.deepEqual(told('10.0.0.7').slice(1), [
    '+ exclusion: nothing excludes it',
    '- liveness: asked by arp: silent',
    '- liveness: so nothing is known: silence does not prove absence',
  ]);
  assert.deepEqual(told('10.0.0.9').at(-1), '- exclusion: left alone: policy.toml denies 10.0.0.8/30');
  assert.match(told('10.9.9.9')[0] ?? '', /^- candidate: nobody named this address/);
});

test('a scan that was cut off says that its turn had not come', () => {
  assert.match(told('10.0.0.200', trail.slice(0, 2)).at(-1) ?? '', /not looked at yet, or the scan was cut off/);
  assert.match(told('10.0.0.5', trail.slice(0, 6)).at(-1) ?? '', /its turn for logins had not ended/);
});
