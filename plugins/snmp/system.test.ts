import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filledIn } from 'ksocket/plugin';
import { nameAndVersion } from './read/host-resources.js';
import { describedSystem, uptimeSeconds } from './read/system.js';
import { descriptionRows, interfaceType, makerOf, objectsOf } from './tables.js';

/** sysDescr as the makers' documents print them; recorded devices are in recordings.test.ts. */
const described: [description: string, objectId: string, family: string, version: string | undefined][] = [
  [
    'Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.3.4, RELEASE SOFTWARE (fc3)',
    '1.3.6.1.4.1.9.1.2494',
    'IOS-XE',
    '17.3.4',
  ],
  [
    'Cisco IOS Software, IOS-XE Software, Catalyst L3 Switch Software (CAT3K_CAA-UNIVERSALK9-M), Version 03.06.06E RELEASE SOFTWARE (fc1)',
    '1.3.6.1.4.1.9.1.1745',
    'IOS-XE',
    '03.06.06E',
  ],
  [
    'Cisco Internetwork Operating System Software \nIOS (tm) C2950 Software (C2950-I6Q4L2-M), Version 12.1(22)EA1, RELEASE SOFTWARE (fc1)',
    '1.3.6.1.4.1.9.1.324',
    'IOS',
    '12.1(22)EA1',
  ],
  ['Cisco Adaptive Security Appliance Version 9.8(2)', '1.3.6.1.4.1.9.1.2115', 'ASA', '9.8(2)'],
  [
    'Juniper Networks, Inc. ex2300-24t Ethernet Switch, kernel JUNOS 20.4R3.8, Build date: 2021-08-24',
    '1.3.6.1.4.1.2636.1.1.1.4.131.2',
    'Junos',
    '20.4R3.8',
  ],
  ['', '1.3.6.1.4.1.12356.101.1.1001', 'FortiOS', undefined],
  ['RouterOS CCR1009-8G-1S', '1.3.6.1.4.1.14988.1', 'RouterOS', undefined],
  ['VyOS 1.3.2', '1.3.6.1.4.1.44641', 'VyOS', '1.3.2'],
  ['RTX830 Rev.15.02.20 (Fri Apr 16 09:37:54 2021)', '1.3.6.1.4.1.1182.2.1', 'Yamaha RT', '15.02.20'],
  [
    'NEC Portable Internetwork Core Operating System Software, IX Series IX2235 (magellan-sec) Software, Version 10.6.21, RELEASE SOFTWARE',
    '1.3.6.1.4.1.119.1.84.18',
    'UNIVERGE IX',
    '10.6.21',
  ],
  [
    'Hardware: Intel64 Family 6 Model 85 Stepping 7 AT/AT COMPATIBLE - Software: Windows Version 6.3 (Build 20348 Multiprocessor Free)',
    '1.3.6.1.4.1.311.1.1.3.1.2',
    'Windows',
    '6.3',
  ],
  [
    'FreeBSD fw 13.2-RELEASE FreeBSD 13.2-RELEASE releng/13.2-n254617 GENERIC amd64',
    '1.3.6.1.4.1.8072.3.2.8',
    'FreeBSD',
    '13.2-RELEASE',
  ],
  [
    'Linux db1 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01) x86_64',
    '1.3.6.1.4.1.8072.3.2.10',
    'Linux',
    undefined,
  ],
];

for (const [description, objectId, family, version] of described) {
  test(`"${description.slice(0, 50)}…" of ${objectId} is ${family}`, () => {
    const system = describedSystem({ description, objectId });
    assert.equal(system.family, family);
    assert.equal(system.version, version);
  });
}

test('A uname is taken apart from its build number on', () => {
  const description = 'Linux db1 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01) x86_64';
  const { kernel, architecture } = describedSystem({ description, objectId: undefined });
  assert.equal(kernel?.release, '6.1.0-18-amd64');
  assert.equal(kernel?.version, '#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)');
  assert.equal(architecture, 'x86_64');
});

test('Every pattern of the table is done with a hostile text at once', () => {
  const hostile = ['Version '.repeat(128), 'a'.repeat(1024), `FreeBSD ${'x '.repeat(500)}`, 'SonicOS (?:'.repeat(90)];
  const started = process.cpuUsage();
  for (const row of descriptionRows())
    for (const pattern of [row.version, row.build, row.architecture]) for (const text of hostile) pattern?.exec(text);
  const { user } = process.cpuUsage(started);
  assert.ok(user < 500_000, `${user} µs`);
});

test('The machine is up as long as it says, not as long as its agent', () => {
  assert.equal(uptimeSeconds(1000, undefined, undefined), 10);
  assert.equal(uptimeSeconds(1000, 500_000, undefined), 5000);
  assert.equal(uptimeSeconds(0, undefined, 5), undefined);
});

test('A counter that began again after 497 days is told by snmpEngineTime', () => {
  assert.equal(Math.round(uptimeSeconds(1000, undefined, 42_949_683)!), 42_949_683);
  assert.equal(uptimeSeconds(1000, undefined, 20_000_000), 10);
  assert.equal(uptimeSeconds(2_000_000_000, 30_000, undefined), undefined);
});

test('Package names are split where the package manager makes it certain', () => {
  assert.deepEqual(nameAndVersion('bash_5.2.15-2+b2_amd64', 'Linux'), {
    name: 'bash',
    version: '5.2.15-2+b2',
    arch: 'amd64',
  });
  assert.deepEqual(nameAndVersion('kernel-headers-2.6.32-431.29.2.el6', 'Linux'), {
    name: 'kernel-headers',
    version: '2.6.32-431.29.2.el6',
  });
  assert.deepEqual(nameAndVersion('Microsoft Visual C++ 2008 - x86 9.0', 'Windows'), {
    name: 'Microsoft Visual C++ 2008 - x86 9.0',
  });
  assert.deepEqual(nameAndVersion('JUNOS Base OS boot [12.3R6.6]', 'Junos'), { name: 'JUNOS Base OS boot [12.3R6.6]' });
});

test('Placeholder serial numbers are none', () => {
  for (const it of ['N/A', 'To Be Filled By O.E.M.', '0000000', '-----', 'xxxxxx', '0123456789', 'None'])
    assert.equal(filledIn(it), undefined, it);
  assert.equal(filledIn('FOC1408Z61U'), 'FOC1408Z61U');
});

test('The tables know makers, interface types and makers’ objects', () => {
  assert.equal(makerOf('1182'), 'Yamaha');
  assert.equal(makerOf('21839'), 'ALAXALA Networks');
  assert.equal(makerOf('8072'), undefined);
  assert.equal(interfaceType(6), 'ethernet');
  assert.equal(interfaceType(161), 'ieee8023adLag');
  assert.ok(objectsOf('318').serial!.length > 2);
  assert.ok(objectsOf(undefined).vendor);
});
