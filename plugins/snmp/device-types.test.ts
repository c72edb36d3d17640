import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceTypes, type Evidence } from './read/device-types.js';
import { describedProduct } from './read/system.js';
import { deviceTypeRows } from './tables.js';

const nothing: Evidence = {
  forwarding: undefined,
  services: undefined,
  capabilities: [],
  hasBridge: false,
  hasVlans: false,
  hasPrinter: false,
  hasUps: false,
  hasAccessPoints: false,
  isHost: false,
  family: undefined,
  model: undefined,
  answered: [],
};

const typesOf = (objectId: string | undefined, description: string, evidence: Partial<Evidence> = {}) =>
  deviceTypes(
    {
      objectId,
      description,
      enterprise: objectId?.startsWith('1.3.6.1.4.1.') ? objectId.split('.')[6] : undefined,
      upTime: undefined,
      name: undefined,
    },
    { ...nothing, ...evidence },
  );

/** sysDescr and sysObjectID as the makers' manuals and public recordings show them, with the model in them. */
const devices: [objectId: string, description: string, types: string[], model: string | undefined][] = [
  ['1182.2.1', 'RTX1210 Rev.14.01.38 (Wed Sep 30 10:29:53 2020)', ['router'], 'RTX1210'],
  ['1182.3.1', 'SWX3200-28GT Rev.4.00.12 (Mon Aug 20 00:00:00 2018)', ['switch'], undefined],
  [
    '119.1.84.18',
    'NEC Portable Internetwork Core Operating System Software, IX Series IX2215 (magellan-sec) Software, Version 10.7.18, RELEASE SOFTWARE',
    ['router'],
    'IX2215',
  ],
  [
    '21839.1.2.11',
    'ALAXALA AX3640S AX-3640-24TE-A [AX3640S-24T] Switching software Ver. 11.7.A [OS-L3A]',
    ['switch'],
    'AX3640S',
  ],
  ['5227.16', 'BUFFALO BSL-WS-G2016MR', ['switch'], 'BSL-WS-G2016MR'],
  [
    '368',
    '; AXIS P5534-E; PTZ Dome Network Camera; 5.40.9.2; May 15 2012 09:50; 188.1; 1;',
    ['camera'],
    'AXIS P5534-E',
  ],
  ['29671.2.53', 'Meraki MX65W Cloud Managed Router', ['firewall', 'router'], 'MX65W'],
  ['41112', 'UAP-nanoHD 5.60.3.12934', ['access-point'], 'UAP-nanoHD'],
  ['171.10.113.3.1', 'DES-3200-18 Fast Ethernet Switch', ['switch'], 'DES-3200-18'],
  [
    '11.2.3.9.1',
    'HP ETHERNET MULTI-ENVIRONMENT,SN:VNB3R12345,FN:5KL04QT,SVCID:28087,PID:HP LaserJet MFP M130nw',
    ['printer'],
    'HP LaserJet MFP M130nw',
  ],
  [
    '2636.1.1.1.2.39',
    'Juniper Networks, Inc. srx240h internet router, kernel JUNOS 12.1X46-D10.2',
    ['firewall', 'router'],
    'srx240h',
  ],
  ['6876.4.1', 'VMware ESXi 7.0.3 build-20328353 VMware, Inc. x86_64', ['hypervisor', 'server'], undefined],
  ['311.1.1.3.1.2', 'Hardware: Intel64 Family 6 - Software: Windows Version 6.3 (Build 20348)', ['server'], undefined],
  ['14988.1', 'RouterOS CRS326-24G-2S+', ['switch'], 'CRS326-24G-2S+'],
  ['9.1.324', 'Cisco Internetwork Operating System Software', [], 'Catalyst 2950-24'],
];

for (const [number, description, types, model] of devices) {
  const objectId = `1.3.6.1.4.1.${number}`;
  test(`"${description.slice(0, 50)}" of ${number} is ${types.join(' and ') || 'nothing by itself'}, ${model ?? 'without model'}`, () => {
    assert.deepEqual(typesOf(objectId, description), types);
    assert.equal(describedProduct({ objectId, description }).model, model);
  });
}

test('What no table knows is what its agent does', () => {
  const unknown = '1.3.6.1.4.1.99999.1';
  assert.deepEqual(typesOf(unknown, ''), []);
  assert.deepEqual(typesOf(unknown, '', { forwarding: true }), ['router']);
  assert.deepEqual(typesOf(unknown, '', { hasBridge: true, services: 2 }), ['switch']);
  assert.deepEqual(typesOf(unknown, '', { hasBridge: true, services: 4 }), []);
  assert.deepEqual(typesOf(unknown, '', { hasVlans: true, forwarding: true }), ['switch', 'router']);
  assert.deepEqual(typesOf(unknown, '', { capabilities: ['wlanAccessPoint', 'bridge'] }), ['access-point', 'switch']);
  assert.deepEqual(typesOf(unknown, '', { hasPrinter: true, forwarding: true }), ['printer']);
});

test('A host that forwards packets or bridges is no network equipment, and one that says nothing is nothing', () => {
  const linux = '1.3.6.1.4.1.8072.3.2.10';
  assert.deepEqual(typesOf(linux, 'Linux db1', { forwarding: true, hasBridge: true, family: 'Linux' }), ['server']);
  assert.deepEqual(typesOf(linux, 'Linux ups', { hasUps: true, family: 'Linux' }), ['ups']);
  assert.deepEqual(typesOf(undefined, ''), []);
});

test('A machine that shows itself by its maker’s objects is what these are of', () => {
  const linux = '1.3.6.1.4.1.8072.3.2.10';
  const answered = ['1.3.6.1.4.1.674.10892.5.1.3.2.0'];
  assert.deepEqual(typesOf(linux, 'Linux idrac', { answered, family: 'Linux' }), ['management-controller']);
});

test('Every row of the table says by what it is recognised', () => {
  for (const row of deviceTypeRows()) {
    assert.ok(row.objectId ?? row.begins ?? row.has ?? row.model ?? row.answers, JSON.stringify(row));
    assert.ok(row.types.length > 0);
  }
});
