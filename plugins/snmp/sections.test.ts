/**
 * Small devices, written down here from the MIBs, for tables that no recorded walk has: what a printer, a UPS, a stacked
 * switch and a Cisco switch with a bridge a VLAN say. All of them are synthetic.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sectionSchemas } from 'ksocket/plugin';
import { all, inspected, openSnmp } from './testing/open.js';
import { Recording, replay } from './testing/replay.js';

const community = 'small';

async function inspectedDevice(t: TestContext, lines: string, vlans?: ReadonlyMap<number, Recording>) {
  const agent = await replay(t, new Recording(lines), { community, ...(vlans ? { vlans } : {}) });
  const session = await openSnmp({ port: agent.port, community });
  t.after(() => session.close());
  const neighbours = await all(session.neighbours());
  const inspection = await inspected(session);
  for (const [section, data] of Object.entries(inspection.sections))
    sectionSchemas[section as keyof typeof sectionSchemas].strict().parse(data);
  return { ...inspection, neighbours };
}

const ports = [1, 2, 3]
  .map(
    (it) => `1.3.6.1.2.1.2.2.1.2.${it}|4|port${it}
1.3.6.1.2.1.2.2.1.3.${it}|2|6
1.3.6.1.2.1.17.1.4.1.2.${it}|2|${it}`,
  )
  .join('\n');

/** PrtAlertCodeTC of IANA-PRINTER-MIB. */
const alertCodes: readonly [code: number, word: string][] = [
  [12, 'subunitAlmostEmpty'],
  [13, 'subunitEmpty'],
  [14, 'subunitAlmostFull'],
  [15, 'subunitFull'],
  [16, 'subunitNearLimit'],
  [18, 'subunitOpened'],
  [19, 'subunitClosed'],
  [802, 'inputMediaSizeChange'],
  [807, 'inputMediaSupplyLow'],
  [808, 'inputMediaSupplyEmpty'],
  [813, 'inputCannotFeedSizeSelected'],
];

test('A printer tells its supplies, trays, counter, console, alerts and serial number', async (t) => {
  const { sections, missing } = await inspectedDevice(
    t,
    `1.3.6.1.2.1.1.1.0|4|HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD149,EEPROM JDI22890007,CIDATE 01/01/2012
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.11.2.3.9.1
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.25.3.2.1.3.1|4|HP Color LaserJet CP4525
1.3.6.1.2.1.25.3.5.1.1.1|2|3
1.3.6.1.2.1.43.5.1.1.16.1|4|Third floor
1.3.6.1.2.1.43.5.1.1.17.1|4|JPBCC12345
1.3.6.1.2.1.43.8.2.1.8.1.1|2|8
1.3.6.1.2.1.43.8.2.1.9.1.1|2|500
1.3.6.1.2.1.43.8.2.1.10.1.1|2|-3
1.3.6.1.2.1.43.8.2.1.12.1.1|4|na_letter-white
1.3.6.1.2.1.43.8.2.1.13.1.1|4|Tray 2
1.3.6.1.2.1.43.10.2.1.3.1.1|2|7
1.3.6.1.2.1.43.10.2.1.4.1.1|65|51234
1.3.6.1.2.1.43.11.1.1.3.1.1|2|1
1.3.6.1.2.1.43.11.1.1.5.1.1|2|21
1.3.6.1.2.1.43.11.1.1.6.1.1|4|Black Cartridge
1.3.6.1.2.1.43.11.1.1.7.1.1|2|19
1.3.6.1.2.1.43.11.1.1.8.1.1|2|100
1.3.6.1.2.1.43.11.1.1.9.1.1|2|43
1.3.6.1.2.1.43.11.1.1.3.1.2|2|0
1.3.6.1.2.1.43.11.1.1.5.1.2|2|15
1.3.6.1.2.1.43.11.1.1.6.1.2|4|Fuser
1.3.6.1.2.1.43.11.1.1.7.1.2|2|7
1.3.6.1.2.1.43.11.1.1.8.1.2|2|-2
1.3.6.1.2.1.43.11.1.1.9.1.2|2|-3
1.3.6.1.2.1.43.12.1.1.4.1.1|4|black
1.3.6.1.2.1.43.16.5.1.2.1.1|4|Ready
1.3.6.1.2.1.43.16.5.1.2.1.2|4|Tray 2 low
1.3.6.1.2.1.43.18.1.1.2.1.7|2|4
1.3.6.1.2.1.43.18.1.1.7.1.7|2|807
1.3.6.1.2.1.43.18.1.1.2.1.8|2|3
1.3.6.1.2.1.43.18.1.1.8.1.8|4|Paper jam`,
  );
  assert.deepEqual(missing, []);
  assert.deepEqual(sections.hardware, {
    deviceTypes: ['printer'],
    product: { vendor: 'HP', model: 'HP Color LaserJet CP4525', serial: 'JPBCC12345' },
  });
  assert.deepEqual(sections.identity, { serial: 'JPBCC12345', vendor: 'HP' });
  assert.deepEqual(sections.printer, {
    status: 'idle',
    display: 'Ready\nTray 2 low',
    pages: 51_234,
    pagesUnit: 'impressions',
    supplies: [
      {
        description: 'Black Cartridge',
        type: 'tonerCartridge',
        color: 'black',
        unit: 'percent',
        level: 43,
        capacity: 100,
        percent: 43,
      },
      { description: 'Fuser', type: 'fuser', unit: 'impressions' },
    ],
    trays: [{ name: 'Tray 2', media: 'na_letter-white', capacity: 500, unit: 'sheets' }],
    alerts: [
      { severity: 'warning', text: 'inputMediaSupplyLow' },
      { severity: 'critical', text: 'Paper jam' },
    ],
  });
});

test('The code of an alert without a text is told by its word in IANA-PRINTER-MIB', async (t) => {
  const row = (code: number) => `1.3.6.1.2.1.43.18.1.1.2.1.${code}|2|4\n1.3.6.1.2.1.43.18.1.1.7.1.${code}|2|${code}`;
  const { sections } = await inspectedDevice(
    t,
    `1.3.6.1.2.1.1.1.0|4|A printer
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.2.1.43.5.1.1.17.1|4|JPBCC12345
${alertCodes.map(([code]) => row(code)).join('\n')}`,
  );
  assert.deepEqual(
    sections.printer?.alerts,
    alertCodes.map(([, text]) => ({ severity: 'warning', text })),
  );
});

test('A UPS whose card knows only its maker’s MIB is read by that', async (t) => {
  const { sections } = await inspectedDevice(
    t,
    `1.3.6.1.2.1.1.1.0|4|APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.4.0 PN:apc_hw05_aos_640.bin MN:AP9630 HR:05 SN: ZA1234567890 MD:01/01/2015)
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.27
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.4.1.318.1.1.1.1.1.1.0|4|Smart-UPS 1500
1.3.6.1.4.1.318.1.1.1.1.2.3.0|4|AS1234567890
1.3.6.1.4.1.318.1.1.1.2.1.1.0|2|2
1.3.6.1.4.1.318.1.1.1.2.1.2.0|67|0
1.3.6.1.4.1.318.1.1.1.2.1.3.0|4|07/21/15
1.3.6.1.4.1.318.1.1.1.2.2.1.0|66|98
1.3.6.1.4.1.318.1.1.1.2.2.2.0|66|24
1.3.6.1.4.1.318.1.1.1.2.2.3.0|67|246000
1.3.6.1.4.1.318.1.1.1.4.1.1.0|2|3
1.3.6.1.4.1.318.1.1.1.4.2.3.0|66|31`,
  );
  assert.deepEqual(sections.ups, {
    batteryStatus: 'batteryNormal',
    outputSource: 'onBattery',
    secondsOnBattery: 0,
    minutesRemaining: 41,
    chargePercent: 98,
    batteryCelsius: 24,
    batteryReplacedAt: '2015-07-21T00:00:00Z',
    loadPercent: 31,
  });
  assert.deepEqual((sections.hardware as { deviceTypes: string[] }).deviceTypes, ['ups']);
  assert.equal((sections.identity as { serial: string }).serial, 'AS1234567890');
});

test('Ports tell counters of 64 bits, their last change, and power over Ethernet with its budget; a bridge its address', async (t) => {
  const { sections } = await inspectedDevice(
    t,
    `1.3.6.1.2.1.1.1.0|4|A switch
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.11.2.3.7.11.1
1.3.6.1.2.1.1.3.0|67|500000
1.3.6.1.2.1.17.1.1.0|4x|0016b9112200
${ports}
1.3.6.1.2.1.2.2.1.9.1|67|500000
1.3.6.1.2.1.2.2.1.9.2|67|0
1.3.6.1.2.1.2.2.1.9.3|67|900000
1.3.6.1.2.1.2.2.1.10.1|65|7
1.3.6.1.2.1.31.1.1.1.6.1|70|1099511627776
1.3.6.1.2.1.105.1.1.1.3.1.1|2|1
1.3.6.1.2.1.105.1.1.1.6.1.1|2|3
1.3.6.1.2.1.105.1.1.1.10.1.1|2|4
1.3.6.1.2.1.105.1.1.1.3.1.2|2|2
1.3.6.1.2.1.105.1.1.1.6.1.2|2|1
1.3.6.1.2.1.105.1.1.1.10.1.2|2|1
1.3.6.1.2.1.105.1.3.1.1.2.1|66|370
1.3.6.1.2.1.105.1.3.1.1.4.1|66|12`,
  );
  const { ports: rows, poeBudget } = sections.networkDevice as { ports: Record<string, unknown>[]; poeBudget: unknown };
  const [first, second, third] = rows;
  assert.equal(first?.inOctets, 1_099_511_627_776);
  assert.match(String(first?.lastChange), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual(first?.poe, { enabled: true, status: 'deliveringPower', class: 'class3' });
  assert.deepEqual(second, { name: 'port2', poe: { enabled: false, status: 'disabled' } });
  assert.deepEqual(third, { name: 'port3' });
  assert.deepEqual(poeBudget, { maxWatts: 370, usedWatts: 12 });
  assert.deepEqual(sections.identity, { macs: ['00:16:b9:11:22:00'] });
});

test('Neighbours by LLDP of the second generation, and what they say of their addresses, are told', async (t) => {
  const { sections, neighbours } = await inspectedDevice(
    t,
    `1.3.6.1.2.1.1.1.0|4|A switch
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1916.2.1
${ports}
1.3.111.2.802.1.1.13.1.4.1.1.5.0.2.1.7|2|4
1.3.111.2.802.1.1.13.1.4.1.1.6.0.2.1.7|4x|00112233aabb
1.3.111.2.802.1.1.13.1.4.1.1.7.0.2.1.7|2|5
1.3.111.2.802.1.1.13.1.4.1.1.8.0.2.1.7|4|ge-0/0/1
1.3.111.2.802.1.1.13.1.4.1.1.10.0.2.1.7|4|core
1.3.111.2.802.1.1.13.1.4.1.1.13.0.2.1.7|4x|2800
1.3.111.2.802.1.1.13.1.4.2.1.3.0.2.1.7.1.4.192.0.2.7|2|2
1.3.111.2.802.1.1.13.1.4.2.1.3.0.2.1.7.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7|2|2`,
  );
  assert.deepEqual((sections.topology as { edges: unknown }).edges, [
    {
      protocol: 'lldp',
      localPort: 'port2',
      remoteId: '00:11:22:33:aa:bb',
      remotePort: 'ge-0/0/1',
      remoteName: 'core',
      capabilities: ['bridge', 'router'],
      remoteAddresses: ['192.0.2.7', '2001:db8::7'],
    },
  ]);
  assert.deepEqual(neighbours, [
    { address: '192.0.2.7', source: 'lldp' },
    { address: '2001:db8::7', source: 'lldp' },
  ]);
});

test('What IronWare hears by FDP and by CDP is told by its protocol', async (t) => {
  const { sections, neighbours } = await inspectedDevice(
    t,
    `1.3.6.1.2.1.1.1.0|4|A switch
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1991.1.3.57.1
${ports}
1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1.3.1.1|4|FastIron
1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1.4.1.1|2|1
1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1.5.1.1|4x|c0000208
1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1.7.1.1|4|ethernet1/1/2
1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1.10.1.1|2|1
1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1.3.3.1|4|Catalyst
1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1.10.3.1|2|2`,
  );
  assert.deepEqual((sections.topology as { edges: unknown }).edges, [
    {
      protocol: 'fdp',
      localPort: 'port1',
      remoteId: 'FastIron',
      remotePort: 'ethernet1/1/2',
      remoteAddresses: ['192.0.2.8'],
    },
    { protocol: 'cdp', localPort: 'port3', remoteId: 'Catalyst' },
  ]);
  assert.deepEqual(neighbours, [{ address: '192.0.2.8', source: 'fdp' }]);
});

const cisco = `1.3.6.1.2.1.1.1.0|4|Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE11, RELEASE SOFTWARE (fc3)
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.716
${[1, 2, 3].map((it) => `1.3.6.1.2.1.2.2.1.2.${it}|4|Fa0/${it}\n1.3.6.1.2.1.2.2.1.3.${it}|2|6`).join('\n')}
1.3.6.1.4.1.9.9.46.1.3.1.1.2.1.10|2|1
1.3.6.1.4.1.9.9.46.1.3.1.1.3.1.10|2|1
1.3.6.1.4.1.9.9.46.1.3.1.1.4.1.10|4|staff
1.3.6.1.4.1.9.9.46.1.3.1.1.2.1.20|2|1
1.3.6.1.4.1.9.9.46.1.3.1.1.3.1.20|2|1
1.3.6.1.4.1.9.9.46.1.3.1.1.4.1.20|4|guests
1.3.6.1.4.1.9.9.46.1.3.1.1.2.1.1002|2|1
1.3.6.1.4.1.9.9.46.1.3.1.1.3.1.1002|2|2
1.3.6.1.4.1.9.9.46.1.6.1.1.4.3|4x|0020
1.3.6.1.4.1.9.9.46.1.6.1.1.5.3|2|10
1.3.6.1.4.1.9.9.46.1.6.1.1.14.3|2|1
1.3.6.1.4.1.9.9.46.1.6.1.1.14.1|2|2
1.3.6.1.4.1.9.9.68.1.2.2.1.2.1|2|10
1.3.6.1.4.1.9.9.68.1.2.2.1.2.2|2|20`;

const bridgeOf = (mac: string, port: number, ifIndex: number) =>
  new Recording(`1.3.6.1.2.1.17.1.4.1.2.${port}|2|${ifIndex}
1.3.6.1.2.1.17.4.3.1.2.${mac}|2|${port}
1.3.6.1.2.1.17.4.3.1.3.${mac}|2|3
1.3.6.1.2.1.17.4.3.1.2.0.0.0.0.0.9|2|${port}
1.3.6.1.2.1.17.4.3.1.3.0.0.0.0.0.9|2|4`);

test('A Cisco switch tells its VLANs with their ports, and the stations of each', async (t) => {
  const vlans = new Map([
    [10, bridgeOf('0.17.34.51.68.85', 1, 1)],
    [20, bridgeOf('0.17.34.51.68.102', 5, 2)],
  ]);
  const { sections, missing } = await inspectedDevice(t, cisco, vlans);
  assert.deepEqual(missing, []);
  const device = sections.networkDevice as Record<string, unknown>;
  assert.deepEqual(device.vlans, [
    { id: 10, name: 'staff', ports: ['Fa0/3', 'Fa0/1'], untagged: ['Fa0/3', 'Fa0/1'] },
    { id: 20, name: 'guests', ports: ['Fa0/2'], untagged: ['Fa0/2'] },
  ]);
  assert.deepEqual(device.forwardingDatabase, [
    { mac: '00:11:22:33:44:55', port: 'Fa0/1', vlan: 10 },
    { mac: '00:11:22:33:44:66', port: 'Fa0/2', vlan: 20 },
  ]);
  const { product, deviceTypes } = sections.hardware as { product: { model: string }; deviceTypes: string[] };
  assert.equal(product.model, 'Catalyst 2960-24TT');
  assert.deepEqual(deviceTypes, ['switch']);
});

test('Aggregates are told by LACP, by PAgP, and by what lies on what', async (t) => {
  const names = ['', 'p1', 'p2', 'p3', 'p4', 'p5', 'lag1', 'Po2', 'bond0', 'p1.10'];
  const types = [0, 6, 6, 6, 6, 6, 161, 53, 161, 135];
  const rows = names.flatMap((name, i) =>
    i ? [`1.3.6.1.2.1.2.2.1.2.${i}|4|${name}`, `1.3.6.1.2.1.2.2.1.3.${i}|2|${types[i]}`] : [],
  );
  const { sections } = await inspectedDevice(
    t,
    `1.3.6.1.2.1.1.1.0|4|A switch
${rows.join('\n')}
1.2.840.10006.300.43.1.2.1.1.9.1|4x|001122334455
1.2.840.10006.300.43.1.2.1.1.13.1|2|6
1.2.840.10006.300.43.1.2.1.1.9.2|4|0-11-22-33-44-55
1.2.840.10006.300.43.1.2.1.1.13.2|2|6
1.2.840.10006.300.43.1.2.1.1.13.3|2|3
1.3.6.1.4.1.9.9.98.1.1.1.1.1.4|2|2
1.3.6.1.4.1.9.9.98.1.1.1.1.8.4|2|7
1.3.6.1.2.1.31.1.2.1.3.0.8|2|1
1.3.6.1.2.1.31.1.2.1.3.8.5|2|1
1.3.6.1.2.1.31.1.2.1.3.9.1|2|1
1.3.6.1.2.1.31.1.2.1.3.8.3|2|2`,
  );
  assert.deepEqual((sections.networkDevice as { aggregates: unknown }).aggregates, [
    { name: 'lag1', members: ['p1', 'p2'], protocol: 'lacp', partner: '00:11:22:33:44:55' },
    { name: 'Po2', members: ['p4'], protocol: 'static' },
    { name: 'bond0', members: ['p5'] },
  ]);
  const interfaces = (sections.network as { interfaces: Record<string, unknown>[] }).interfaces;
  assert.equal(interfaces.find((it) => it.name === 'p5')?.master, 'bond0');
  assert.equal(interfaces.find((it) => it.name === 'p1.10')?.parent, 'p1');
});

test('The maker of a machine behind a common agent is told by the MIB in which it answers', async (t) => {
  const { sections } = await inspectedDevice(
    t,
    `1.3.6.1.2.1.1.1.0|4|Linux nas 4.4.59+ #25426 SMP PREEMPT Mon Dec 14 18:48:50 CST 2020 x86_64
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072.3.2.10
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.4.1.6574.1.5.1.0|4|DS918+
1.3.6.1.4.1.6574.1.5.2.0|4|1780PDN123456
1.3.6.1.4.1.6574.1.5.3.0|4|DSM 6.2-25426`,
  );
  const { product, deviceTypes } = sections.hardware as { product: unknown; deviceTypes: string[] };
  assert.deepEqual(product, {
    vendor: 'Synology',
    model: 'DS918+',
    serial: '1780PDN123456',
    firmware: 'DSM 6.2-25426',
  });
  assert.deepEqual(deviceTypes, ['storage']);
});
