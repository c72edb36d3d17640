/**
 * Real devices, replayed. KSOCKET_RECORDINGS names the folder with snmp/**\/*.snmprec.bz2; golden/<name>.json says what must
 * come out, as it stands in the recording (sysDescr, sysObjectID, ENTITY-MIB, makers' objects, rows counted).
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type NetworkInterface, sectionSchemas } from 'ksocket/plugin';
import { all, inspected, openSnmp } from './testing/open.js';
import { type Counts, present } from './testing/present.js';
import { Recording, readRecording, replay } from './testing/replay.js';

const folder = process.env.KSOCKET_RECORDINGS;
const golden = new URL('../../../plugins/snmp/golden/', import.meta.url);
const community = 'recorded';

const files =
  folder === undefined
    ? []
    : readdirSync(join(folder, 'snmp'), { recursive: true, encoding: 'utf8' }).filter((it) =>
        it.endsWith('.snmprec.bz2'),
      );

test('Recordings are there to be replayed', { skip: folder === undefined && 'needs KSOCKET_RECORDINGS' }, () => {
  assert.ok(files.length > 0);
});

for (const file of files) {
  const name = basename(file, '.snmprec.bz2');
  test(`The recording ${name} comes out as its golden summary says`, async (t) => {
    const expected = JSON.parse(await readFile(new URL(`${name}.json`, golden), 'utf8')) as Record<string, unknown>;
    await replayed(t, name, await readRecording(join(folder!, 'snmp', file)), expected);
  });
}

const table: string[] = [];

async function replayed(
  t: TestContext,
  name: string,
  recording: Recording,
  expected: Record<string, unknown>,
): Promise<void> {
  const agent = await replay(t, recording, { community });
  const session = await openSnmp({ port: agent.port, community });
  t.after(() => session.close());
  const neighbours = await all(session.neighbours());
  const { sections, missing } = await inspected(session);

  for (const [section, data] of Object.entries(sections))
    sectionSchemas[section as keyof typeof sectionSchemas].strict().parse(data);
  const { os = {}, hardware = {}, identity = {}, network = {}, networkDevice = {}, software = {} } = sections;
  const product = (hardware.product ?? {}) as Record<string, string>;
  const types = (hardware.deviceTypes ?? []) as string[];
  const length = (list: unknown) => (list as unknown[] | undefined)?.length ?? 0;
  const summary = {
    vendor: product.vendor ?? null,
    types,
    model: product.model ?? null,
    serial: product.serial ?? null,
    firmware: product.firmware ?? null,
    family: os.family ?? null,
    version: os.version ?? null,
    interfaces: length(network.interfaces),
    components: length(networkDevice.components),
    packages: length(software.packages),
  };
  assert.deepEqual(summary, expected);
  // What a person wrote into the golden file stands in the walk, but for models that sysObjectID alone tells.
  const texts = recording.texts;
  for (const value of [product.serial, product.firmware])
    assert.ok(value === undefined || texts.includes(value), value);
  if (types[0] !== 'management-controller') assert.equal(identity.serial, product.serial);
  assert.deepEqual(missing, []);
  assert.ok(os.hostname && os.description && networkDevice.objectId && types.length > 0);
  const interfaces = network.interfaces as NetworkInterface[];
  const macs = interfaces.flatMap((it) => it.mac ?? []);
  for (const mac of macs) assert.match(mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  assert.equal(new Set(neighbours.map((it) => it.address)).size, neighbours.length);
  for (const { address } of neighbours) assert.doesNotMatch(address, /^(127\.|0\.|169\.254|22[4-9]\.|fe80|ff|::1$)/);

  const edges = (sections.topology?.edges ?? []) as { readonly protocol: string; readonly localPort?: string }[];
  const names = new Set(interfaces.map((it) => it.name));
  for (const { localPort } of edges) assert.ok(localPort !== undefined && names.has(localPort), `port ${localPort}`);
  const storage = hardware.storage as { filesystems?: unknown[] } | undefined;
  const extracted: Counts = {
    interfaces: summary.interfaces,
    addresses: interfaces.reduce(
      (sum, it) => sum + (it.addresses ?? []).filter((one) => one.address.includes('.')).length,
      0,
    ),
    ports: length(networkDevice.ports),
    lldp: edges.filter((it) => it.protocol === 'lldp').length,
    cdp: edges.filter((it) => it.protocol === 'cdp').length,
    fdb: length(networkDevice.forwardingDatabase),
    vlans: length(networkDevice.vlans),
    aggregates: length(networkDevice.aggregates),
    components: summary.components,
    powerSupplies: length(hardware.powerSupplies),
    packages: summary.packages,
    filesystems: length(storage?.filesystems),
    supplies: length(sections.printer?.supplies),
    accessPoints: length(networkDevice.accessPoints),
    ups: sections.ups === undefined ? 0 : 1,
  };
  const stations = (networkDevice.forwardingDatabase ?? []) as { readonly vlan?: number }[];
  const ids = new Set((networkDevice.vlans as { readonly id: number }[] | undefined)?.map((it) => it.id));
  for (const { vlan } of stations) assert.ok(vlan === undefined || ids.has(vlan), `VLAN ${vlan}`);
  const walked = present(recording);
  const less = Object.entries(walked).filter(
    ([field, count]) => (extracted[field] ?? 0) < count - unnamed(name, field),
  );
  assert.deepEqual(less, [], 'is in the walk and was not extracted');
  const counts = Object.entries(walked).flatMap(([field, count]) =>
    count > 0 || extracted[field] ? [`${field} ${extracted[field]}/${count}`] : [],
  );
  const said = [product.vendor, types.join('+'), product.model, product.serial, product.firmware ?? os.version];
  table.push(`${name}: ${said.map((it) => it ?? '-').join(' | ')} | ${counts.join(', ')}`);
}

/**
 * Rows that stand in the walk and are rightly left out: addresses of interfaces that are not there, and the broadcast
 * addresses that Linux lists.
 */
function unnamed(name: string, field: string): number {
  return leftOut[`${name} ${field}`] ?? 0;
}

const leftOut: Readonly<Record<string, number>> = {};

test('What was extracted of what stands in each walk', {
  skip: folder === undefined && 'needs KSOCKET_RECORDINGS',
}, (t) => {
  assert.equal(table.length, files.length);
  for (const line of table) t.diagnostic(line);
});

test('A walk of 20,000 objects is read completely, and its rate is printed', async (t) => {
  const rows = 10_000;
  const lines = ['1.3.6.1.2.1.1.3.0|67|100', '1.3.6.1.2.1.1.5.0|4|large'];
  for (let i = 0; i < rows; i++) {
    const index = `7.10.20.${i >> 8}.${i & 255}`;
    lines.push(
      `1.3.6.1.2.1.4.22.1.2.${index}|4x|001122${i.toString(16).padStart(6, '0')}`,
      `1.3.6.1.2.1.4.22.1.4.${index}|2|3`,
    );
  }
  for (const largest of [1472, 60_000]) {
    const agent = await replay(t, new Recording(lines.join('\n')), { community, largest });
    const session = await openSnmp({ port: agent.port, community });
    const started = performance.now();
    const neighbours = await all(session.neighbours());
    const seconds = (performance.now() - started) / 1000;
    await session.close();
    assert.equal(neighbours.length, rows);
    t.diagnostic(
      `answers of at most ${largest} octets: ${Math.round((rows * 2) / seconds)} objects/s in ${agent.requests} questions`,
    );
  }
});
