/** The small parsers of the readers, and that none of them can be made to throw. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { sectionSchemas } from 'ksocket/plugin';
import type { Agent } from './agent.js';
import { portNames } from './inspect/topology.js';
import { ObjectType } from './library.js';
import { bitsSet } from './read/bits.js';
import { macOfIndex } from './read/bridge.js';
import { capabilityNames } from './read/cdp.js';
import { Columns } from './read/columns.js';
import { isUniversal } from './read/interfaces.js';
import { identifier } from './read/lldp.js';
import { explore, unexplored } from './read/source.js';
import { engineIdText } from './read/system.js';
import type { Interfaces } from './survey.js';
import { optionalEntries } from './survey.js';
import { inspected, openSnmp } from './testing/open.js';
import { Recording, replay } from './testing/replay.js';
import { counter, dateTime } from './value.js';

const hex = (text: string) => Buffer.from(text, 'hex');
const octetString = (value: Buffer) => ({ oid: '', type: ObjectType.OctetString, value });

test('Bits are counted from the highest of the first octet', () => {
  assert.deepEqual(bitsSet(hex('8001'), 1), [1, 16]);
  assert.deepEqual(bitsSet(undefined), []);
});

test('Identifiers are words, addresses or hexadecimal', () => {
  assert.equal(identifier({ 4: 'mac' }, 4, hex('00112233aabb')), '00:11:22:33:aa:bb');
  assert.equal(identifier({ 5: 'address' }, 5, hex('01c0000207')), '192.0.2.7');
  assert.equal(identifier({}, 7, Buffer.from('Gi1/0/1\0')), 'Gi1/0/1');
  assert.equal(identifier({}, 7, hex('0001ff')), '0001ff');
  assert.equal(identifier({}, 7, Buffer.alloc(0)), undefined);
});

test('Capabilities of CDP are read as Cisco and as HP write them', () => {
  assert.deepEqual(capabilityNames(hex('00000029')), ['router', 'bridge']);
  assert.deepEqual(capabilityNames(Buffer.from('9')), ['router', 'bridge']);
  assert.deepEqual(capabilityNames(hex('00000490')), ['stationOnly', 'telephone', 'twoPortMACRelay']);
});

test('Virtual routers and locally administered addresses are burnt into nothing', () => {
  for (const mac of [
    '00:00:5e:00:01:0a',
    '00:00:0c:07:ac:01',
    '00:00:0c:9f:f0:01',
    '00:07:b4:00:01:02',
    '02:11:22:33:44:55',
    '01:00:5e:00:00:01',
  ])
    assert.equal(isUniversal(mac), false, mac);
  assert.equal(isUniversal('00:a0:de:11:22:33'), true);
});

test('An engine ID that many devices share is none', () => {
  for (const id of [
    '0000000000',
    'ffffffffffffffffff',
    '8000000903000000000000',
    '8000000903021122334455',
    '80000a4c01c0a80101',
    '80000a4c017f000001',
    '80001f8804',
    '8000137001c0a80001',
    '80000a4c010ac40101',
  ])
    assert.equal(engineIdText(hex(id)), undefined, id);
  for (const id of [
    '800000090300e8046278f201',
    '80001f8880ea89d5228768c85a000000',
    '80000a4c01cb007109',
    '0000000b0000ac162d927d21',
  ])
    assert.equal(engineIdText(hex(id)), id);
});

test('A DateAndTime is told in UTC, when a calendar has it', () => {
  assert.equal(dateTime(octetString(hex('07dd011a0a091c002b0900'))), '2013-01-26T01:09:28Z');
  assert.equal(dateTime(octetString(hex('07dd011a01091c002d0500'))), '2013-01-26T06:09:28Z');
  assert.equal(dateTime(octetString(hex('07dd011a01091c00'))), '2013-01-26T01:09:28Z');
  for (const none of ['0000000000000000', '07dd021f01091c00', '07dd', '07dd0d0101091c00'])
    assert.equal(dateTime(octetString(hex(none))), undefined, none);
});

test('A counter of 64 bits is a number', () => {
  assert.equal(counter({ oid: '', type: ObjectType.Counter64, value: hex('010000000000') }), 2 ** 40);
  assert.equal(counter({ oid: '', type: ObjectType.Counter64, value: Buffer.alloc(0) }), undefined);
  assert.equal(counter({ oid: '', type: ObjectType.Counter, value: 7 }), 7);
});

test('Whatever octets come, the small parsers neither throw nor grow', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((it) => Buffer.from(it));
  fc.assert(
    fc.property(bytes, fc.integer({ min: 0, max: 9 }), (it, subtype) => {
      assert.ok((identifier({ 4: 'mac', 5: 'address' }, subtype, it)?.length ?? 0) <= 1024);
      assert.ok(capabilityNames(it).length <= 11);
      assert.ok(bitsSet(it).length <= it.length * 8);
      assert.ok((engineIdText(it)?.length ?? 0) <= 64);
      assert.ok((dateTime(octetString(it))?.length ?? 0) <= 24);
      assert.ok((counter({ oid: '', type: ObjectType.Counter64, value: it }) ?? 0) >= 0);
      assert.ok((macOfIndex([...it])?.length ?? 0) <= 17);
    }),
  );
});

/** Values of every type, as a recording writes them. */
const value = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((it) => `2|${it}`),
  fc.integer({ min: 0, max: 30 }).map((it) => `2|${it}`),
  fc.uint8Array({ maxLength: 40 }).map((it) => `4x|${Buffer.from(it).toString('hex')}`),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((it) => `70|${it}`),
  fc.constantFrom(
    '6|1.3.6.1.2.1.25.3.1.3',
    '6|1.3.6.1.2.1.25.2.1.4',
    '6|0.0',
    '64|192.0.2.1',
    '64|0.0.0.0',
    '67|4294967295',
  ),
);
const index = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(255, 4095, 65_536, 2 ** 32 - 1)), {
  minLength: 1,
  maxLength: 14,
});
const tables = [
  ...optionalEntries(),
  '1.3.6.1.2.1.2.2.1',
  '1.3.6.1.2.1.31.1.1.1',
  '1.3.6.1.2.1.47.1.1.1.1',
  '1.3.6.1.2.1.43.11.1.1',
  '1.3.6.1.2.1.33.1.4.4.1',
];
const line = fc
  .tuple(fc.constantFrom(...tables), fc.integer({ min: 1, max: 22 }), index, value)
  .map(([entry, column, at, what]) => `${entry}.${column}.${at.join('.')}|${what}`);

test('Whatever rows an agent makes up, every section has its shape', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 20, maxLength: 200 }), async (lines) => {
      await inspectedRows(t, lines);
    }),
    { numRuns: 25 },
  );
});

async function inspectedRows(t: TestContext, lines: readonly string[]): Promise<void> {
  const agent = await replay(t, new Recording(lines.join('\n')), { community: 'public' });
  const session = await openSnmp({ port: agent.port });
  try {
    const { sections } = await inspected(session);
    for (const [section, data] of Object.entries(sections))
      sectionSchemas[section as keyof typeof sectionSchemas].strict().parse(data);
  } finally {
    await session.close();
  }
}

/** An agent of which only what a table needs is there; every question takes `milliseconds`. */
function slowAgent(milliseconds: number) {
  let asked = 0;
  const agent = {
    get waitedMilliseconds() {
      return asked * milliseconds;
    },
    exhausted: undefined,
    answerSize: 'any',
    hasSilentTables: false,
    async following(oids: readonly string[], repetitions: number) {
      asked++;
      return oids.map((oid) => {
        const [, column, last] = /^(1\.2\.3\.1)(?:\.(\d+))?$/.exec(oid) ?? [];
        const from = Number(last ?? 0);
        return Array.from({ length: repetitions }, (_, i) => ({ oid: `${column}.${from + i + 1}`, type: 2, value: 1 }));
      });
    },
    async get() {
      return [];
    },
  };
  return { agent: agent as unknown as Agent, questions: () => asked };
}

test('A table that is answered slowly ends with its share of the time, and says so', async () => {
  const { agent, questions } = slowAgent(4000);
  const columns = new Columns(unexplored(agent), { entry: '1.2.3', columns: { only: 1 }, limit: 1_000_000 });
  let rows = 0;
  for await (const _ of columns.rows()) rows++;
  assert.ok(rows > 0);
  assert.deepEqual(columns.end, { state: 'timeout', reason: 'not done after 15 seconds' });
  assert.equal(questions(), 4);
});

test('A MIB that is not there costs a part of one question, and its tables are not asked for', async (t) => {
  const recording = new Recording('1.3.6.1.2.1.1.3.0|67|1\n1.3.6.1.2.1.2.2.1.2.1|4|eth0');
  const agent = await replay(t, recording, { community: 'public' });
  const session = await openSnmp({ port: agent.port });
  t.after(() => session.close());
  const { missing } = await inspected(session);
  assert.deepEqual(missing, []);
  const questions = Math.ceil(optionalEntries().length / 16);
  // The rest: system and details, makers' objects, components, interfaces, addresses and routes and neighbours twice each or thrice, ports.
  assert.ok(agent.requests <= questions + 16, `${agent.requests} questions`);
});

test('An agent that refuses a question about many tables is asked for half of them', async () => {
  const asked: number[] = [];
  const { ErrorStatus } = await import('./conversation.js');
  const agent = {
    exhausted: undefined,
    async following(oids: readonly string[]) {
      asked.push(oids.length);
      if (oids.length > 2) throw new ErrorStatus(1);
      return oids.map((oid) => [{ oid: oid.endsWith('.1') ? `${oid}.1.1` : '1.9', type: 2, value: 1 }]);
    },
  } as unknown as Agent;
  const source = await explore(agent, ['1.2.1', '1.2.2', '1.3.1', '1.3.2']);
  assert.deepEqual(asked, [4, 2, 2]);
  assert.deepEqual(
    ['1.2.1', '1.2.2', '1.3.1', '1.3.2', '1.4'].map((it) => [source.has(it), source.knows(it)]),
    [
      [true, true],
      [false, false],
      [true, true],
      [false, false],
      [true, false],
    ],
  );
});

test('A MAC address that all ports share names none of them', () => {
  const mac = '00:11:22:33:44:55';
  const items = ['p1', 'p2'].map((name, i) => ({ index: i + 1, name, interface: { name, mac }, burntIn: undefined }));
  const interfaces = { items, end: { state: 'ok' }, nameOf: (index: number) => items[index - 1]?.name };
  const ports = [1, 2].map((number) => ({ number, id: hex('001122334455'), idSubtype: 3, description: undefined }));
  const nameOf = portNames(interfaces as unknown as Interfaces, ports, new Map());
  assert.deepEqual([nameOf({ number: 1, isIfIndex: false }), nameOf({ number: 2, isIfIndex: false })], ['p1', 'p2']);
});
