/** Contexts of Debian's snmpd, which a test agent behind it fills, as Cisco's switches keep a bridge table for each VLAN. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Failure } from 'ksocket/plugin';
import { testCall, testHost } from 'ksocket/testing';
import type { Agent } from '../agent.js';
import { openAgent } from '../opening.js';
import { login } from '../testing/open.js';
import { snmpd, withoutSnmpd } from '../testing/snmpd.js';
import { udpAgent } from '../testing/udp-agent.js';
import { authDataOf, testUser } from '../testing/users.js';
import * as wire from '../testing/wire.js';
import { integer } from '../value.js';
import { Keys } from './keys.js';

const skip = withoutSnmpd();
const user = testUser('usmHMACSHAAuthProtocol', 'usmAesCfb128Protocol');
/** dot1dBaseNumPorts of BRIDGE-MIB. */
const ports = '1.3.6.1.2.1.17.1.2.0';

/** An snmpd whose context `vlan-10` is another agent, with ten ports. */
async function switchWithVlan(t: TestContext) {
  const behind = await udpAgent(t, (datagram) => {
    const request = wire.readRequest(datagram);
    return [wire.writeResponse(request, { varbinds: [wire.varbind(ports, wire.number(10))] })];
  });
  return snmpd(t, 'canary-community', [
    `proxy -Cn vlan-10 -v2c -c inside 127.0.0.1:${behind.port} .1.3.6.1.2.1.17`,
    'view everything included .1',
    'rocommunity canary-community@10 127.0.0.1 -V everything vlan-10',
    `createUser ${user.name} SHA ${user.authKey} AES ${user.privKey}`,
    `rouser ${user.name} priv -V everything *`,
  ]);
}

function opened(t: TestContext, port: number, authData: Record<string, unknown>, timeout = 10): Promise<Agent> {
  const { clock, random } = testHost({});
  const call = testCall();
  const credential = login({ port, authData, timeout });
  const agent = openAgent({ address: '127.0.0.1', credential, keys: new Keys(), clock, random, call });
  t.after(async () => (await agent).close());
  return agent;
}

const logins: Record<string, Record<string, unknown>> = {
  'SNMPv3, as the context vlan-10': authDataOf(user),
  'SNMPv2c, as the community name of the file and @10': { community: 'canary-community' },
};
for (const [how, authData] of Object.entries(logins)) {
  test(`A VLAN is asked about by ${how}`, { skip }, async (t) => {
    const { port } = await switchWithVlan(t);
    const agent = await opened(t, port, authData);
    assert.deepEqual(await agent.get([ports]), [undefined]);
    const vlan = agent.inVlan(10);
    const [answer] = await vlan.get([ports]);
    assert.equal(integer(answer), 10);
    assert.deepEqual(await agent.get([ports]), [undefined], 'the agent itself is as before');
  });
}

test('A VLAN that is not there fails its own questions only', { skip }, async (t) => {
  const { port } = await switchWithVlan(t);
  const agent = await opened(t, port, authDataOf(user), 1);
  await agent.get([ports]);
  await assert.rejects(agent.inVlan(11).get([ports]), (error) => {
    assert.ok(error instanceof Failure);
    return ['E_TIMEOUT', 'E_UNSUPPORTED', 'E_PRIVILEGE'].includes(error.code);
  });
  assert.deepEqual(await agent.get([ports]), [undefined]);
});

test('A credential file may name the context', { skip }, async (t) => {
  const { port } = await switchWithVlan(t);
  const agent = await opened(t, port, { ...authDataOf(user), contextName: 'vlan-10' });
  const [answer] = await agent.get([ports]);
  assert.equal(integer(answer), 10);
});
