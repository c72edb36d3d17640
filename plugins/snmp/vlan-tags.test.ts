/**
 * Which VLAN is meant: the index of Q-BRIDGE-MIB on Junos, and the number of a filtering database on all. Each device is written
 * down here from what its source shows of it; nothing but that is recorded.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { inspected, openSnmp } from './testing/open.js';
import { Recording, replay } from './testing/replay.js';

const community = 'vlans';

async function switching(t: TestContext, lines: string) {
  const agent = await replay(t, new Recording(lines), { community });
  const session = await openSnmp({ port: agent.port, community });
  t.after(() => session.close());
  const { sections, missing } = await inspected(session);
  const { vlans, forwardingDatabase } = (sections.networkDevice ?? {}) as Record<string, unknown>;
  return { vlans, stations: forwardingDatabase, missing };
}

const system = (descr: string, objectId: string) =>
  `1.3.6.1.2.1.1.1.0|4|${descr}\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.${objectId}\n`;

/** Bridge ports with the names of their interfaces. */
const bridge = (ports: Readonly<Record<number, [ifIndex: number, name: string]>>) =>
  Object.entries(ports)
    .map(
      ([port, [ifIndex, name]]) =>
        `1.3.6.1.2.1.2.2.1.2.${ifIndex}|4|${name}\n1.3.6.1.2.1.2.2.1.3.${ifIndex}|2|6\n1.3.6.1.2.1.17.1.4.1.2.${port}|2|${ifIndex}\n`,
    )
    .join('');

interface Vlan {
  readonly name?: string;
  readonly egress?: string;
  readonly untagged?: string;
}
const vlan = (index: number, { name, egress, untagged }: Vlan) =>
  [
    name === undefined ? '' : `1.3.6.1.2.1.17.7.1.4.3.1.1.${index}|4|${name}\n`,
    egress === undefined ? '' : `1.3.6.1.2.1.17.7.1.4.3.1.2.${index}|${egress}\n`,
    untagged === undefined ? '' : `1.3.6.1.2.1.17.7.1.4.3.1.4.${index}|${untagged}\n`,
    `1.3.6.1.2.1.17.7.1.4.3.1.5.${index}|2|1\n`,
  ].join('');

/** dot1qTpFdbTable. */
const station = (database: number, mac: string, port: number) =>
  `1.3.6.1.2.1.17.7.1.2.2.1.2.${database}.${mac}|2|${port}\n1.3.6.1.2.1.17.7.1.2.2.1.3.${database}.${mac}|2|3\n`;

/** jnxExVlanTable of JUNIPER-VLAN-MIB. */
const beforeEls = (index: number, name: string, tag: number) =>
  `1.3.6.1.4.1.2636.3.40.1.5.1.5.1.2.${index}|4|${name}\n1.3.6.1.4.1.2636.3.40.1.5.1.5.1.5.${index}|66|${tag}\n`;

/** jnxL2aldVlanTable of JUNIPER-L2ALD-MIB. */
const els = (index: number, name: string, tag: number, database: number) =>
  `1.3.6.1.4.1.2636.3.48.1.3.1.1.2.${index}|4|${name}\n1.3.6.1.4.1.2636.3.48.1.3.1.1.3.${index}|2|${tag}\n1.3.6.1.4.1.2636.3.48.1.3.1.1.5.${index}|66|${database}\n`;

const ex4550 = system('Juniper Networks, Inc. ex4550-32f Ethernet Switch, kernel JUNOS 15.1R7-S13', '2636.1.1.1.2.92');

test('An EX4550 keeps VLAN 156 at index 17 (netboxlabs/orb-agent issue 605), its stations, too (Juniper KB26533 in IXP Manager)', async (t) => {
  const { vlans, stations, missing } = await switching(
    t,
    ex4550 +
      bridge({ 5: [505, 'ge-0/0/5.0'], 6: [506, 'ge-0/0/6.0'] }) +
      vlan(5, { name: 'MGMT', egress: '4x|08' }) +
      vlan(17, { name: 'VL156', egress: '4x|0c', untagged: '4x|04' }) +
      vlan(31, { name: 'default', egress: '4x|0c' }) +
      vlan(41, { name: 'VL888' }) +
      beforeEls(5, 'MGMT', 20) +
      beforeEls(17, 'VL156', 156) +
      beforeEls(31, 'default', 0) +
      beforeEls(41, 'VL888', 888) +
      station(17, '0.17.34.51.68.85', 5) +
      station(31, '0.17.34.51.68.86', 6),
  );
  assert.deepEqual(vlans, [
    { id: 20, name: 'MGMT', ports: ['ge-0/0/5.0'] },
    { id: 156, name: 'VL156', ports: ['ge-0/0/5.0', 'ge-0/0/6.0'], untagged: ['ge-0/0/6.0'] },
    { id: 888, name: 'VL888' },
  ]);
  // The default VLAN has no tag there, which is known: nothing is missing.
  assert.deepEqual(stations, [
    { mac: '00:11:22:33:44:55', port: 'ge-0/0/5.0', vlan: 156 },
    { mac: '00:11:22:33:44:56', port: 'ge-0/0/6.0' },
  ]);
  assert.deepEqual(missing, []);
});

test('An EX4300 with ELS indexes VLANs by their ids, databases by others, and writes ports as text (test data of SNMP::Info)', async (t) => {
  const { vlans, stations, missing } = await switching(
    t,
    system('Juniper Networks, Inc. ex4300-48t Ethernet Switch, kernel JUNOS 14.1X53-D40.8', '2636.1.1.1.2.63') +
      bridge({ 4: [662, 'ae0'], 491: [509, 'ge-0/0/1'], 492: [510, 'ge-0/0/2'] }) +
      vlan(114, { egress: '4|4', untagged: '4|4' }) +
      vlan(2088, { egress: '4|491,492', untagged: '4|491,492' }) +
      els(6, 'VLAN0114_VPN78087', 114, 393_216) +
      els(7, 'VLAN2088_VPN78117', 2088, 458_752) +
      els(8, 'default', 1, 524_288) +
      station(393_216, '0.19.149.30.221.37', 4) +
      station(458_752, '0.9.245.16.59.121', 492),
  );
  assert.deepEqual(vlans, [
    { id: 114, ports: ['ae0'], untagged: ['ae0'] },
    { id: 2088, ports: ['ge-0/0/1', 'ge-0/0/2'], untagged: ['ge-0/0/1', 'ge-0/0/2'] },
  ]);
  assert.deepEqual(stations, [
    { mac: '00:13:95:1e:dd:25', port: 'ae0', vlan: 114 },
    { mac: '00:09:f5:10:3b:79', port: 'ge-0/0/2', vlan: 2088 },
  ]);
  assert.deepEqual(missing, []);
});

test('A QFX5100 writes the id behind the name, and a zero into its list of ports (netboxlabs/orb-agent pull requests 591 and 616)', async (t) => {
  const { vlans, stations, missing } = await switching(
    t,
    system('Juniper Networks, Inc. qfx5100-48s-6q Ethernet Switch, kernel JUNOS 21.4R3-S9.5', '2636.1.1.1.4.82.5') +
      bridge({ 4097: [520, 'xe-0/0/6'], 4099: [521, 'xe-0/0/19'] }) +
      vlan(1, { name: 'default+1', egress: '4|' }) +
      vlan(156, { name: 'VL156+156', egress: '4|0,4097,4099' }) +
      station(131_072, '0.17.34.51.68.85', 4097),
  );
  assert.deepEqual(vlans, [
    { id: 1, name: 'default' },
    { id: 156, name: 'VL156', ports: ['xe-0/0/6', 'xe-0/0/19'] },
  ]);
  // Nobody says whose database 131072 is.
  assert.deepEqual(stations, [{ mac: '00:11:22:33:44:55', port: 'xe-0/0/6' }]);
  assert.deepEqual(missing, []);
});

test('VLANs of Junos whose ids nobody tells are left out, and the list says so', async (t) => {
  const { vlans, stations, missing } = await switching(
    t,
    ex4550 + bridge({ 5: [505, 'ge-0/0/5.0'] }) + vlan(17, { name: 'VL156' }) + station(17, '0.17.34.51.68.85', 5),
  );
  assert.equal(vlans, undefined);
  assert.deepEqual(stations, [{ mac: '00:11:22:33:44:55', port: 'ge-0/0/5.0' }]);
  assert.deepEqual(
    (missing as { field: string; state: string }[]).map(({ field, state }) => [field, state]),
    [['vlans', 'truncated']],
  );
  assert.match((missing[0] as { reason: string }).reason, /^1 VLAN is left out: .*JUNIPER-VLAN-MIB/);
});

test('Where the tables of Junos name other VLANs at one index, the names decide, and without one nothing does', async (t) => {
  const { vlans, missing } = await switching(
    t,
    ex4550 +
      bridge({ 5: [505, 'ge-0/0/5.0'] }) +
      vlan(2, { name: 'VLAN_TWO' }) +
      vlan(3, { name: 'VLAN_THREE' }) +
      vlan(4, { name: 'a-name-that-the-standard-cuts-at' }) +
      beforeEls(2, 'USERS', 200) +
      beforeEls(9, 'VLAN_TWO', 2) +
      beforeEls(3, 'GUESTS', 300) +
      beforeEls(4, 'a-name-that-the-standard-cuts-at-thirty-two-octets', 400),
  );
  assert.deepEqual(vlans, [
    { id: 2, name: 'VLAN_TWO' },
    { id: 400, name: 'a-name-that-the-standard-cuts-at' },
  ]);
  assert.match((missing[0] as { reason: string }).reason, /^1 VLAN is left out/);
});

/** dot1qVlanFdbId. */
const fdbId = (id: number, database: number) => `1.3.6.1.2.1.17.7.1.4.2.1.3.0.${id}|66|${database}\n`;

test('A ProCurve counts its databases, and one that several VLANs share is of none (a recorded 516733-B21; RFC 4363)', async (t) => {
  const { stations } = await switching(
    t,
    system('HP ProCurve 516733-B21 6120XG Blade Switch', '11.2.3.7.11.111') +
      bridge({ 1: [1, '1'], 2: [2, '2'] }) +
      [1, 2, 50, 52].map((it) => vlan(it, { name: `VLAN${it}` })).join('') +
      fdbId(1, 1) +
      fdbId(50, 2) +
      fdbId(52, 3) +
      fdbId(2, 3) +
      station(2, '0.17.34.51.68.85', 1) +
      station(3, '0.17.34.51.68.86', 2) +
      station(52, '0.17.34.51.68.87', 2),
  );
  assert.deepEqual(stations, [
    { mac: '00:11:22:33:44:55', port: '1', vlan: 50 },
    { mac: '00:11:22:33:44:56', port: '2' },
    { mac: '00:11:22:33:44:57', port: '2' },
  ]);
});

test('An S4810 that says nothing of its databases numbers them by VLANs (IXP Manager), as long as each number is one', async (t) => {
  const s4810 =
    system('Dell Networking OS S4810', '6027.1.3.14') +
    bridge({ 1: [1, 'Te 0/0'] }) +
    vlan(10, { name: 'staff' }) +
    vlan(20, { name: 'guests' }) +
    station(10, '0.17.34.51.68.85', 1);
  const told = await switching(t, s4810);
  assert.deepEqual(told.stations, [{ mac: '00:11:22:33:44:55', port: 'Te 0/0', vlan: 10 }]);
  const foreign = await switching(t, s4810 + station(3, '0.17.34.51.68.86', 1));
  assert.deepEqual(foreign.stations, [
    { mac: '00:11:22:33:44:56', port: 'Te 0/0' },
    { mac: '00:11:22:33:44:55', port: 'Te 0/0' },
  ]);
});
