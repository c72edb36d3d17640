/** When the collector asks the core whether the account may be risked: after an agent has shown that it is one, and once a login. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Failure, failure } from 'ksocket/plugin';
import { testCall, testHost, VirtualClock } from 'ksocket/testing';
import { AddressSet } from '../../core/contract/index.js';
import { guardIn } from '../../core/credentials/lockout/index.js';
import snmp from './index.js';
import { type Asked, counter, TestEngine, userOf } from './testing/engine.js';
import { inspected, login } from './testing/open.js';
import { snmpd, withoutSnmpd } from './testing/snmpd.js';
import { type UdpAgent, udpAgent } from './testing/udp-agent.js';
import { authDataOf, testUser } from './testing/users.js';
import * as wire from './testing/wire.js';

const user = testUser('usmHMAC192SHA256AuthProtocol', 'usmAesCfb128Protocol');
const authData = authDataOf(user);
const target = { address: '127.0.0.1', own: false };

/** Discoveries and questions of the user, in the order in which they came. */
interface Seen extends UdpAgent {
  readonly order: readonly ('discovery' | 'user')[];
}

async function v3Agent(
  t: TestContext,
  answer: (asked: Asked, engine: TestEngine) => readonly Buffer[] = (asked, engine) => [
    engine.respond(
      asked,
      asked.request.oids.map((oid) => wire.varbind(oid, wire.string('here'))),
    ),
  ],
  discoveries = 1,
): Promise<Seen> {
  const engine = new TestEngine(userOf(authData));
  const order: ('discovery' | 'user')[] = [];
  const agent = await udpAgent(t, (datagram) => {
    const asked = engine.read(datagram);
    order.push(asked === undefined ? 'discovery' : 'user');
    return asked === undefined ? Array(discoveries).fill(engine.discovered(datagram)) : answer(asked, engine);
  });
  return Object.defineProperty(agent, 'order', { value: order }) as Seen;
}

interface Opened {
  readonly came: string;
  readonly asked: number;
}

async function opened(
  options: Parameters<typeof login>[0],
  beforeSecret: () => Promise<void> = async () => undefined,
  host = testHost({}),
): Promise<Opened> {
  let asked = 0;
  const call = {
    ...testCall(),
    beforeSecret: () => {
      asked += 1;
      return beforeSecret();
    },
  };
  try {
    const session = await snmp.setup(host).open(target, login(options), call);
    await inspected(session);
    await session.close();
    return { came: 'in', asked };
  } catch (error) {
    return { came: (error as Failure).code, asked };
  }
}

test('A host where no agent answers is asked for nothing that is made of a secret, and nobody is asked whether it may leave', async (t) => {
  const silent = await udpAgent(t, () => []);
  assert.deepEqual(await opened({ port: silent.port, authData, timeout: 0.05, retries: 2 }), {
    came: 'E_TIMEOUT',
    asked: 0,
  });
  const { port } = await udpAgent(t, () => []).then(async (it) => {
    await it.close();
    return it;
  });
  assert.deepEqual(await opened({ port, authData }), { came: 'E_REFUSED', asked: 0 });
});

test('One login asks once: after the discovery, before the first question of the user, and not for those that follow', async (t) => {
  const agent = await v3Agent(t);
  let before: readonly string[] = [];
  const ask = async () => {
    before = [...agent.order];
  };
  assert.deepEqual(await opened({ port: agent.port, authData }, ask), { came: 'in', asked: 1 });
  assert.deepEqual(before, ['discovery']);
  assert.ok(agent.requests > 10, `${agent.requests} questions`);
});

test('A spared account is a failure, and nothing that is made of its secret leaves', async (t) => {
  const agent = await v3Agent(t);
  const spared = async () => {
    throw failure('E_LOCKOUT', 'test');
  };
  assert.deepEqual(await opened({ port: agent.port, authData, retries: 3 }, spared), { came: 'E_LOCKOUT', asked: 1 });
  assert.deepEqual(agent.order, ['discovery']);
});

test('The wait for another login is in no limit, and what the agent sends meanwhile is not heard', async (t) => {
  const agent = await v3Agent(t, undefined, 3);
  const clock = new VirtualClock();
  const wait = () => clock.advance(20 * 60_000);
  const came = await opened({ port: agent.port, authData, timeout: 2 }, wait, { ...testHost({}), clock });
  assert.deepEqual(came, { came: 'in', asked: 1 });
  assert.deepEqual(agent.order.slice(0, 2), ['discovery', 'user']);
});

test('A login that is cancelled while it waits sends nothing', async (t) => {
  const agent = await v3Agent(t);
  const abort = new AbortController();
  let mayLeave = () => {};
  const wait = new Promise<void>((resolve) => {
    mayLeave = resolve;
  });
  const call = {
    ...testCall({ signal: abort.signal }),
    beforeSecret: () => {
      abort.abort();
      return wait;
    },
  };
  await assert.rejects(snmp.setup(testHost({})).open(target, login({ port: agent.port, authData }), call), {
    code: 'E_CANCELLED',
  });
  mayLeave();
  await wait;
  assert.deepEqual(agent.order, ['discovery']);
});

test('Wrong passwords, silence and repeated questions are one login', async (t) => {
  const refuses = await v3Agent(t, (asked, engine) => [
    engine.report(asked, counter.wrongDigests, { flags: { auth: false, priv: false } }),
  ]);
  assert.deepEqual(await opened({ port: refuses.port, authData, retries: 2 }), { came: 'E_LOGIN', asked: 1 });
  const silent = await v3Agent(t, () => []);
  const came = await opened({ port: silent.port, authData, timeout: 0.05, retries: 2 });
  assert.deepEqual(came, { came: 'E_TIMEOUT', asked: 1 });
  assert.ok(silent.order.filter((it) => it === 'user').length >= 3, silent.order.join());
});

test('A user without a secret, and a community name, which is no account, are not asked for', {
  skip: withoutSnmpd(),
}, async (t) => {
  const agent = await snmpd(t, 'canary-community', ['createUser nobody', 'rouser nobody noauth']);
  const { port } = agent;
  assert.deepEqual(await opened({ port, authData: { username: 'nobody' } }), { came: 'in', asked: 0 });
  assert.deepEqual(await opened({ port, community: 'canary-community' }), { came: 'in', asked: 0 });
});

test('Forty silent addresses of an account that is one on all hosts wait for nobody and cost nothing; two silent agents spare it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ksocket-snmp-lockout-'));
  t.after(() => rm(folder, { recursive: true }));
  const { clock, random, log } = testHost({});
  const guard = guardIn(folder, { clock, random, log });
  const first = guard.watch();
  const ranges = new AddressSet([]);
  const about = { name: 'snmp/0.toml', directory: '/', includes: ranges, excludes: ranges, fields: {} };
  let under = 0;
  let most = 0;
  const enter = async (address: string, port: number, timeout: number, scan = first) => {
    const credential = login({ port, authData, timeout });
    const guarded = scan.login('snmp', { ...about, accountScope: 'domain', credential }, address);
    const call = testCall();
    const beforeSecret = () => guarded.beforeSecret(call.signal);
    most = Math.max(most, ++under);
    try {
      await guarded.opening(call.signal);
      const session = await snmp.setup(testHost({})).open(target, credential, { ...call, beforeSecret });
      await guarded.ended(undefined);
      await session.close();
      return 'in';
    } catch (error) {
      await guarded.ended(error as Failure);
      return (error as Failure).code;
    } finally {
      under -= 1;
    }
  };
  const refuses = await v3Agent(t, (asked, engine) => [
    engine.report(asked, counter.wrongDigests, { flags: { auth: false, priv: false } }),
  ]);
  // A refusal first: a collector that did not ask would be asked for from now on, at silent addresses, too.
  assert.equal(await enter('10.0.0.1', refuses.port, 2), 'E_LOGIN');
  const nobody = await udpAgent(t, () => []);
  const addresses = Array.from({ length: 40 }, (_, i) => `10.0.1.${i + 1}`);
  const came = await Promise.all(addresses.map((it) => enter(it, nobody.port, 0.3)));
  assert.deepEqual(new Set(came), new Set(['E_TIMEOUT']));
  assert.equal(most, 40);
  const [right, mute] = [await v3Agent(t), await v3Agent(t, () => [])];
  assert.equal(await enter('10.0.0.2', right.port, 2), 'in');
  assert.deepEqual(await guard.spared(), []);
  // In another scan nothing is proved yet, and an agent that is there and silent may have refused the user.
  const later = guard.watch();
  for (const [address, comes] of [
    ['10.0.0.3', 'E_TIMEOUT'],
    ['10.0.0.4', 'E_TIMEOUT'],
    ['10.0.0.5', 'E_LOCKOUT'],
  ] as const)
    assert.equal(await enter(address, mute.port, 0.05, later), comes);
});
