/** Whole sessions by SNMPv3, over a socket. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { Failure } from 'ksocket/plugin';
import { testCall, testHost } from 'ksocket/testing';
import snmp from '../index.js';
import { type Asked, counter, messageIdOf, TestEngine, userOf } from '../testing/engine.js';
import { all, inspected, login, openSnmp, readAll } from '../testing/open.js';
import { snmpd, withoutSnmpd } from '../testing/snmpd.js';
import { type UdpAgent, udpAgent } from '../testing/udp-agent.js';
import { authDataOf, testUser } from '../testing/users.js';
import * as wire from '../testing/wire.js';

const user = testUser('usmHMAC256SHA384AuthProtocol', 'usmAesCfb256Protocol');
const authData = authDataOf(user);

/** An agent that answers a discovery, and then as the test says. */
function v3Agent(t: TestContext, answer: (asked: Asked, engine: TestEngine) => readonly Buffer[]): Promise<UdpAgent> {
  const engine = new TestEngine(userOf(authData));
  return udpAgent(t, (datagram) => {
    const asked = engine.read(datagram);
    return asked === undefined ? [engine.discovered(datagram)] : answer(asked, engine);
  });
}

const here = ({ request }: Asked) => request.oids.map((oid) => wire.varbind(oid, wire.string('here')));

test('What is read by SNMPv3 is what is read by SNMPv2c', { skip: withoutSnmpd() }, async (t) => {
  const agent = await snmpd(t, 'canary-community', [
    `createUser ${user.name} SHA-384 ${user.authKey} AES-256 ${user.privKey}`,
    `rouser ${user.name} priv`,
  ]);
  const [community, secure] = [
    await readAll({ port: agent.port, community: 'canary-community', timeout: 10 }),
    await readAll({ port: agent.port, authData, timeout: 10 }),
  ];
  assert.deepEqual(secure.missing, community.missing);
  assert.deepEqual(Object.keys(secure.sections), Object.keys(community.sections));
  assert.deepEqual(secure.sections.software, community.sections.software);
  assert.deepEqual(secure.sections.identity, community.sections.identity);
  assert.deepEqual(
    secure.neighbours.map((it) => it.address),
    community.neighbours.map((it) => it.address),
  );
});

test('A peer that is silent to a discovery is a time-out that names no user’s secret', async (t) => {
  const agent = await udpAgent(t, () => []);
  await assert.rejects(openSnmp({ port: agent.port, authData, timeout: 0.1 }), (error) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, 'E_TIMEOUT');
    assert.match(error.remedy ?? '', /speaks SNMPv3/);
    return true;
  });
  assert.equal(agent.requests, 1);
});

test('Reports without end are a failure after a few datagrams', async (t) => {
  for (const [oid, code] of [
    [counter.notInTimeWindows, 'E_PROTOCOL'],
    [counter.unknownUserNames, 'E_LOGIN'],
  ] as const) {
    const agent = await v3Agent(t, (asked, engine) => {
      engine.boots++;
      const report = engine.report(asked, oid, { flags: { priv: false } });
      return [report, report, report];
    });
    await assert.rejects(openSnmp({ port: agent.port, authData, retries: 5 }), { code });
    assert.ok(agent.requests <= 3, `${agent.requests} datagrams`);
  }
  let ids = 0;
  const another = await udpAgent(t, (datagram) => {
    const engine = new TestEngine(userOf(authData));
    engine.id = Buffer.from([0x80, 0, 0, 0, 4, ids++]);
    return [engine.discovered(datagram, { messageId: messageIdOf(datagram) })];
  });
  await assert.rejects(openSnmp({ port: another.port, authData, retries: 5 }), { code: 'E_PROTOCOL' });
  assert.ok(another.requests <= 3, `${another.requests} datagrams`);
});

test('A forged answer before the right one is not heard', async (t) => {
  const agent = await v3Agent(t, (asked, engine) => {
    const forged = asked.request.oids.map((oid) => wire.varbind(oid, wire.string('forged')));
    const signedWrong = engine.respond(asked, forged);
    signedWrong[signedWrong.length - 1]! ^= 1;
    return [
      engine.respond(asked, forged, { flags: { auth: false, priv: false } }),
      engine.respond(asked, forged, { flags: { priv: false } }),
      signedWrong,
      engine.respond(asked, here(asked)),
    ];
  });
  const session = await openSnmp({ port: agent.port, authData });
  const { sections } = await inspected(session);
  assert.equal(sections.os?.description, 'here');
  await session.close();
});

test('A lost answer is asked for again, under an id of its own', async (t) => {
  const ids = new Set<number>();
  let questions = 0;
  const agent = await v3Agent(t, (asked, engine) => {
    ids.add(asked.message.messageId);
    return ++questions < 3 ? [] : [engine.respond(asked, here(asked))];
  });
  const session = await openSnmp({ port: agent.port, authData, timeout: 0.2, retries: 2 });
  assert.deepEqual([questions, ids.size], [3, 3]);
  await session.close();
});

test('An agent whose clock jumps is asked on', async (t) => {
  let jumps = 0;
  const agent = await v3Agent(t, (asked, engine) => {
    const { time } = asked.message.engine;
    if (Math.abs(time - engine.time) > 150)
      return [engine.report(asked, counter.notInTimeWindows, { flags: { priv: false } })];
    const answer = engine.respond(asked, here(asked));
    // Forwards and backwards by a day, after each second answer.
    if (++jumps % 2 === 0) engine.time += jumps % 4 === 0 ? -86_400 : 86_400;
    return [answer];
  });
  const session = await openSnmp({ port: agent.port, authData });
  await inspected(session);
  assert.ok(jumps > 4, `${jumps} answers`);
  await session.close();
});

test('Neither password is in any log line, record or error', async (t) => {
  const agent = await v3Agent(t, (asked, engine) => [engine.respond(asked, [], {}, { status: 5 })]);
  const host = testHost({});
  const call = testCall();
  const credential = login({ port: agent.port, authData });
  const session = await snmp.setup(host).open({ address: '127.0.0.1', own: false }, credential, call);
  const records = [await all(session.neighbours()), await inspected(session)];
  await session.close();
  const seen =
    inspect([session, records, host.log.lines, call.log.lines, credential], { depth: 20, showHidden: true }) +
    JSON.stringify([records, credential]);
  assert.ok(!seen.includes('canary'), 'a password leaks');
});
