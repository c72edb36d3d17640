/** One small router, written down here: what becomes a neighbour, and that no table is walked twice. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { all, inspected, openSnmp } from './testing/open.js';
import { Recording, replay } from './testing/replay.js';
import { udpAgent } from './testing/udp-agent.js';
import * as wire from './testing/wire.js';

const community = 'small';
const router = new Recording(`
1.3.6.1.2.1.1.1.0|4|A router
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1182.2.1
1.3.6.1.2.1.1.3.0|67|360000
1.3.6.1.2.1.1.5.0|4|edge
1.3.6.1.2.1.2.2.1.2.1|4|lan1
1.3.6.1.2.1.2.2.1.3.1|2|6
1.3.6.1.2.1.2.2.1.5.1|66|1000000000
1.3.6.1.2.1.2.2.1.6.1|4x|00a0de112233
1.3.6.1.2.1.2.2.1.7.1|2|1
1.3.6.1.2.1.2.2.1.8.1|2|7
1.3.6.1.2.1.4.1.0|2|1
1.3.6.1.2.1.4.20.1.2.10.0.0.1|2|1
1.3.6.1.2.1.4.20.1.2.127.0.0.1|2|9
1.3.6.1.2.1.4.20.1.3.10.0.0.1|64|255.255.255.0
1.3.6.1.2.1.4.20.1.3.127.0.0.1|64|255.0.0.0
1.3.6.1.2.1.4.21.1.2.0.0.0.0|2|1
1.3.6.1.2.1.4.21.1.7.0.0.0.0|64|10.0.0.254
1.3.6.1.2.1.4.21.1.8.0.0.0.0|2|4
1.3.6.1.2.1.4.21.1.11.0.0.0.0|64|0.0.0.0
1.3.6.1.2.1.4.21.1.2.10.9.0.0|2|1
1.3.6.1.2.1.4.21.1.7.10.9.0.0|64|10.0.0.9
1.3.6.1.2.1.4.21.1.8.10.9.0.0|2|4
1.3.6.1.2.1.4.21.1.11.10.9.0.0|64|255.255.0.0
1.3.6.1.2.1.4.21.1.2.10.0.0.0|2|1
1.3.6.1.2.1.4.21.1.7.10.0.0.0|64|10.0.0.1
1.3.6.1.2.1.4.21.1.8.10.0.0.0|2|3
1.3.6.1.2.1.4.21.1.11.10.0.0.0|64|255.255.255.0
1.3.6.1.2.1.4.22.1.2.1.10.0.0.5|4x|001122aabbcc
1.3.6.1.2.1.4.22.1.2.1.10.0.0.6|4x|001122aabbdd
1.3.6.1.2.1.4.22.1.2.1.10.0.0.7|4x|000000000000
1.3.6.1.2.1.4.22.1.2.1.224.0.0.5|4x|01005e000005
1.3.6.1.2.1.4.22.1.4.1.10.0.0.5|2|3
1.3.6.1.2.1.4.22.1.4.1.10.0.0.6|2|2
1.3.6.1.2.1.4.22.1.4.1.10.0.0.7|2|3
1.3.6.1.2.1.4.22.1.4.1.224.0.0.5|2|4
`);

async function opened(t: TestContext) {
  const agent = await replay(t, router, { community });
  const session = await openSnmp({ port: agent.port, community });
  t.after(() => session.close());
  return { agent, session };
}

test('Neighbours are own addresses, ARP entries that stand, and next hops', async (t) => {
  const { session } = await opened(t);
  assert.deepEqual(await all(session.neighbours()), [
    { address: '10.0.0.1', source: 'interface' },
    { address: '10.0.0.5', mac: '00:11:22:aa:bb:cc', source: 'arp' },
    { address: '10.0.0.254', source: 'gateway' },
    { address: '10.0.0.9', source: 'route' },
  ]);
});

test('What neighbours has walked is not walked again', async (t) => {
  const { agent, session } = await opened(t);
  await all(session.neighbours());
  const before = agent.requests;
  await inspected(session);
  const together = agent.requests;
  await all(session.neighbours());
  assert.equal(agent.requests, together);

  const other = await opened(t);
  await inspected(other.session);
  // The session alone walks the same tables, plus the question that opened it.
  assert.equal(other.agent.requests, together);
  assert.ok(before > 1);
});

test('The sections say what the router says, with names of interfaces', async (t) => {
  const { session } = await opened(t);
  const { sections, missing } = await inspected(session);
  assert.deepEqual(missing, []);
  assert.deepEqual(sections.network, {
    interfaces: [
      {
        name: 'lan1',
        index: 1,
        type: 'ethernet',
        mac: '00:a0:de:11:22:33',
        speedMbps: 1000,
        admin: 'up',
        link: 'down',
        addresses: [{ address: '10.0.0.1', prefix: 24 }],
      },
    ],
    gateways: [{ address: '10.0.0.254', interface: 'lan1' }],
    routes: [
      { destination: '0.0.0.0/0', gateway: '10.0.0.254', interface: 'lan1' },
      { destination: '10.0.0.0/24', interface: 'lan1' },
      { destination: '10.9.0.0/16', gateway: '10.0.0.9', interface: 'lan1' },
    ],
    neighbours: [
      { address: '10.0.0.5', mac: '00:11:22:aa:bb:cc', source: 'arp', interface: 'lan1' },
      { address: '224.0.0.5', mac: '01:00:5e:00:00:05', source: 'arp', interface: 'lan1' },
    ],
  });
  assert.deepEqual(sections.networkDevice, { objectId: '1.3.6.1.4.1.1182.2.1', forwarding: true });
  assert.deepEqual(sections.hardware, { deviceTypes: ['router'], product: { vendor: 'Yamaha' } });
  assert.deepEqual(sections.identity, { macs: ['00:a0:de:11:22:33'] });
});

test('A device without interfaces is said not to support them', async (t) => {
  const agent = await udpAgent(t, (datagram) => {
    const request = wire.readRequest(datagram);
    const value = request.pdu === wire.get ? wire.noSuchObject : wire.endOfMibView;
    return [wire.writeResponse(request, { varbinds: request.oids.map((oid) => wire.varbind(oid, value)) })];
  });
  const session = await openSnmp({ port: agent.port });
  t.after(() => session.close());
  const { sections, missing } = await inspected(session);
  assert.deepEqual(missing, [{ field: 'interfaces', state: 'unsupported', reason: 'no ifTable' }]);
  assert.equal(sections.hardware, undefined);
});

test('Leaving an inspection early and closing twice is no fault', async (t) => {
  const { session } = await opened(t);
  for await (const _ of session.inspect()) break;
  await session.close();
  await session.close();
  await assert.rejects(all(session.neighbours()), { code: 'E_CANCELLED' });
});
