/** The collector against Debian's snmpd, compared with what snmpwalk reads from the same agent. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import type { NetworkInterface } from 'ksocket/plugin';
import { testHost } from 'ksocket/testing';
import { readCommunityMessage } from './community.js';
import { credential } from './credential.js';
import snmp from './index.js';
import { pduHead } from './pdu.js';
import { all, inspected, login, openSnmp } from './testing/open.js';
import { snmpd, withoutSnmpd } from './testing/snmpd.js';

const community = 'canary-7b21';
const skip = withoutSnmpd();
const settings = ['syslocation Rack 3, 東京', 'syscontact noc@example.net', 'sysname probe.example.net'];

test('What a Linux host says is what snmpwalk reads', { skip }, async (t) => {
  const agent = await snmpd(t, community, settings);
  const session = await openSnmp({ port: agent.port, community, timeout: 10 });
  t.after(() => session.close());
  const neighbours = await all(session.neighbours());
  const { sections, missing } = await inspected(session);
  const { os, network, identity, software, hardware } = sections;
  const values = async (oid: string) => (await agent.walk(oid)).map(([, value]) => value);

  assert.deepEqual(missing, []);
  assert.equal(os?.hostname, 'probe.example.net');
  assert.equal(os?.contact, 'noc@example.net');
  assert.equal(os?.location, 'Rack 3, 東京');
  assert.equal(os?.family, 'Linux');
  assert.deepEqual([os?.description], await values('1.3.6.1.2.1.1.1'));
  const [objectId] = await values('1.3.6.1.2.1.1.2');
  assert.equal(`.${sections.networkDevice?.objectId}`, objectId);

  const interfaces = network?.interfaces as NetworkInterface[];
  assert.deepEqual(
    interfaces.map((it) => it.name),
    await values('1.3.6.1.2.1.31.1.1.1.1'),
  );
  assert.deepEqual(
    interfaces.map((it) => String(it.mtu)),
    await values('1.3.6.1.2.1.2.2.1.4'),
  );
  const addresses = interfaces.flatMap((it) => it.addresses ?? []).filter((it) => !it.address.includes(':'));
  const ipAdEntAddr = await values('1.3.6.1.2.1.4.20.1.1');
  assert.deepEqual(addresses.map((it) => it.address).sort(), ipAdEntAddr.sort());
  assert.equal(addresses.find((it) => it.address === '127.0.0.1')?.prefix, 8);

  const [engineId] = await values('1.3.6.1.6.3.10.2.1.1');
  assert.equal(identity?.engineId, engineId?.replace(/\s/g, '').toLowerCase());
  const [memory] = await values('1.3.6.1.2.1.25.2.2');
  assert.equal((hardware?.memory as { totalKiB: number } | undefined)?.totalKiB, Number(memory?.split(' ')[0]));
  const processors = await agent.walk('1.3.6.1.2.1.25.3.3.1.1');
  assert.equal((hardware?.cpu as { threads: number } | undefined)?.threads, processors.length);

  const names = await values('1.3.6.1.2.1.25.6.3.1.2');
  const packages = (software?.packages ?? []) as { name: string; version?: string; arch?: string }[];
  assert.equal(packages.length, names.length);
  for (const it of packages)
    assert.ok(names.includes(it.arch ? `${it.name}_${it.version}_${it.arch}` : it.name), it.name);
  const routes = new Set(await values('1.3.6.1.2.1.4.24.7.1.7'));
  assert.equal(routes.size > 0, ((network?.routes ?? []) as unknown[]).length > 0);
  for (const { address } of neighbours) assert.notEqual(address, '127.0.0.1');
  t.diagnostic(`${packages.length} packages, ${interfaces.length} interfaces, ${neighbours.length} neighbours`);
});

test('A wrong community name is a time-out with a hint, and in no error', { skip }, async (t) => {
  const agent = await snmpd(t, community, settings);
  // First proof that it listens, so that the time-out means what it says.
  await (await openSnmp({ port: agent.port, community, timeout: 10 })).close();
  await assert.rejects(openSnmp({ port: agent.port, community: 'canary-wrong', timeout: 0.3 }), (error: Error) => {
    assert.equal((error as Error & { code: string }).code, 'E_TIMEOUT');
    assert.ok(!`${error.stack}`.includes('canary'));
    return true;
  });
});

test('A knock is answered, by community name and, without any, by SNMPv3 discovery', { skip }, async (t) => {
  const agent = await snmpd(t, community, settings);
  const { knock } = snmp.setup(testHost({}));
  const v2c = knock!(login({ port: agent.port, community }));
  const v3 = knock!(credential.parse({ port: agent.port, authData: { username: 'somebody' } }));
  assert.deepEqual([v2c.service, v2c.port], ['snmp', agent.port]);
  assert.ok(!Buffer.from(v3.payload).includes(community));
  for (const { payload } of [v2c, v3]) {
    const socket = createSocket('udp4');
    t.after(() => socket.close());
    socket.connect(agent.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.send(payload);
    const [answer] = (await once(socket, 'message')) as [Buffer];
    assert.ok(answer.length > 20);
    const id = (bytes: Uint8Array) => {
      const message = readCommunityMessage(Buffer.from(bytes));
      return message && pduHead(message.pdu)?.requestId;
    };
    assert.equal(id(answer), id(payload));
  }
});
