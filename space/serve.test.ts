/** The protocol over a real socket: an operation from order to settlement, through drops and refusals. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { testClock } from '../test/kit/index.js';
import { MemoryAgent } from './testing/agent.js';
import { office, server, sighting } from './testing/records.js';
import { startSpace, type TestSpace, until } from './testing/space.js';
import { digestOf, hello, randomHex, Wire } from './testing/wire.js';

describe('an operation', () => {
  let it_: TestSpace;
  before(async () => {
    it_ = await startSpace();
  });
  after(() => it_.close());

  const scansOf = async () => (await it_.api(`/api/apps/sonar/networks/${it_.networkId}/scans`)).json;

  it('waits for its agent, goes out, survives a drop in its middle, and ends once', async () => {
    const ordered = await it_.api(`/api/apps/sonar/networks/${it_.networkId}/scans`, { method: 'POST' });
    assert.equal(ordered.status, 201);
    assert.equal(ordered.json.waitingForAgent, true);
    const about = { instance: randomHex(), boot: randomHex() };
    const first = await Wire.greeted(it_.url, it_.token, about);
    const op = await first.wire.next('op');
    assert.equal(op.kind, 'networks.scan');
    assert.deepEqual(op.input, { start: ['192.0.2.0/24'], allow: [], deny: [], collect: true });
    assert.deepEqual([op.opSeq, op.firstRun, op.maxRuns, op.class], [1, 1, 2, 'safe']);
    const bodies = office();
    first.wire.send({ type: 'accept', opId: op.opId, limit: 100 });
    first.wire.send({ type: 'start', opId: op.opId, run: 1, keep: 0 });
    first.wire.send({ type: 'progress', opId: op.opId, run: 1, done: 120, total: 254, note: 'looking' });
    for (let rec = 1; rec <= 10; rec++)
      first.wire.send({ type: 'record', opId: op.opId, run: 1, rec, body: bodies[rec - 1] });
    await first.wire.next('ack', (ack) => ack.rec === 10);
    // The page sees what has come so far.
    const scan = (await scansOf()).items[0];
    assert.deepEqual([scan.status, scan.progress.done, scan.progress.total], ['running', 120, 254]);
    first.wire.send({ type: 'record', opId: op.opId, run: 1, rec: 11, body: bodies[10] });
    first.wire.cut();

    const { wire, welcome } = await Wire.greeted(it_.url, it_.token, {
      ...about,
      pair: first.welcome.pair,
      maxSeen: 1,
      ops: [{ opId: op.opId, opSeq: 1, state: 'started', run: 1, sentRec: bodies.length, keeps: [], acked: 0 }],
    });
    assert.ok(welcome.epoch > first.welcome.epoch);
    assert.deepEqual(welcome.open, [op.opId]);
    const have = welcome.have[0];
    assert.ok(have && have.run === 1 && have.rec >= 10);
    // Repeats two records, as an agent does that missed an acknowledgement.
    for (let rec = have.rec - 1; rec <= bodies.length; rec++)
      wire.send({ type: 'record', opId: op.opId, run: 1, rec, body: bodies[rec - 1] });
    const digest = digestOf(bodies);
    wire.send({ type: 'done', opId: op.opId, run: 1, status: 'ok', records: bodies.length, digest });
    assert.equal((await wire.next('settle')).digest, digest);
    // Sent again because the settle might have been lost: settled again, and stored once.
    wire.send({ type: 'done', opId: op.opId, run: 1, status: 'failed', records: bodies.length, digest });
    await wire.next('settle');
    const ended = (await scansOf()).items[0];
    assert.equal(ended.status, 'done');
    assert.equal(ended.records, bodies.length);
    const ndjson = await it_.api(`/api/apps/sonar/networks/${it_.networkId}/scans/${ended.scanId}/records`);
    assert.deepEqual(
      ndjson.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
      JSON.parse(JSON.stringify(bodies)),
    );
    await wire.close();
  });

  it('is taken back while it waits, and cancelled while it runs', async () => {
    const path = `/api/apps/sonar/networks/${it_.networkId}/scans`;
    const waiting = (await it_.api(path, { method: 'POST' })).json;
    assert.equal((await it_.api(path, { method: 'POST' })).status, 409);
    const cancelled = await it_.api(`${path}/${waiting.scanId}/cancel`, { method: 'POST', body: { reason: 'no' } });
    assert.equal(cancelled.json.status, 'cancelled');
    assert.equal((await it_.api(`${path}/${waiting.scanId}/cancel`, { method: 'POST' })).status, 409);
    const running = (await it_.api(path, { method: 'POST' })).json;
    const { wire } = await Wire.greeted(it_.url, it_.token, { maxSeen: 1 });
    const op = await wire.next('op');
    assert.equal(op.opSeq, 2);
    wire.send({ type: 'accept', opId: op.opId, limit: 100 });
    await it_.api(`${path}/${running.scanId}/cancel`, { method: 'POST', body: { reason: 'enough' } });
    assert.equal((await wire.next('cancel')).reason, 'enough');
    wire.send({
      type: 'done',
      opId: op.opId,
      run: 0,
      status: 'cancelled',
      code: 'E_CANCELLED',
      records: 0,
      digest: digestOf([]),
    });
    await wire.next('settle');
    assert.equal((await it_.api(`${path}/${running.scanId}`)).json.status, 'cancelled');
    await wire.close();
  });

  it('ends without its agent when it is cancelled while that is away, and is settled when it comes back', async () => {
    const path = `/api/apps/sonar/networks/${it_.networkId}/scans`;
    const { scanId } = (await it_.api(path, { method: 'POST' })).json;
    const about = { instance: randomHex(), boot: randomHex(), maxSeen: 2 };
    const first = await Wire.greeted(it_.url, it_.token, about);
    const { opId } = await first.wire.next('op');
    first.wire.send({ type: 'accept', opId, limit: 100 });
    first.wire.send({ type: 'start', opId, run: 1, keep: 0 });
    first.wire.send({ type: 'record', opId, run: 1, rec: 1, body: sighting('192.0.2.9') });
    await first.wire.next('ack');
    // A goodbye ends the lease: nobody will come soon.
    first.wire.send({ type: 'bye', code: 'E_CANCELLED' });
    await first.wire.close();
    await it_.api(`${path}/${scanId}/cancel`, { method: 'POST', body: { reason: 'the site is closed' } });
    const ended = await until(async () => {
      const { json } = await it_.api(`${path}/${scanId}`);
      return json.status === 'cancelled' && json;
    });
    assert.equal(ended.records, 1);
    const { wire, welcome } = await Wire.greeted(it_.url, it_.token, {
      ...about,
      maxSeen: 3,
      pair: first.welcome.pair,
      ops: [{ opId, opSeq: 3, state: 'started', run: 1, sentRec: 4, keeps: [], acked: 1 }],
    });
    assert.deepEqual(welcome.settle, [opId]);
    await wire.close();
  });

  it('loses and doubles nothing when the link is cut at every frame', async () => {
    const bodies = [
      ...server('192.0.2.10', 'db-01', 'CN7A0F31'),
      ...Array.from({ length: 20 }, (_, i) => sighting(`192.0.2.${50 + i}`)),
    ];
    const agent = new MemoryAgent(it_.token, bodies);
    agent.maxSeen = 3;
    const { id } = await it_.cli.startScan('main');
    for (let cutAfter = 0; ; cutAfter++) {
      try {
        await agent.serve(it_.url, cutAfter);
        break;
      } catch {
        // Cut; the next connection goes on.
      }
    }
    assert.ok(agent.connects > 3, `${agent.connects} connections`);
    assert.equal(agent.runs, 1);
    const scan = await it_.cli.scan(id);
    assert.deepEqual([scan?.status, scan?.records, scan?.run], ['done', bodies.length, 1]);
  });

  it('reaches a connected agent when the command line orders it', async () => {
    const { wire } = await Wire.greeted(it_.url, it_.token, { maxSeen: 3 });
    const { id } = await it_.cli.startScan('main');
    const op = await wire.next('op');
    assert.equal((await it_.cli.scan(id))?.opId, op.opId);
    wire.send({ type: 'accept', opId: op.opId, limit: 100 });
    wire.send({
      type: 'done',
      opId: op.opId,
      run: 0,
      status: 'rejected',
      code: 'E_BUSY',
      records: 0,
      digest: digestOf([]),
    });
    await wire.next('settle');
    await wire.close();
  });
});

describe('a connection', () => {
  let it_: TestSpace;
  before(async () => {
    it_ = await startSpace();
  });
  after(() => it_.close());

  const refused = async (wire: Wire, code: number, reason?: RegExp) => {
    const end = await wire.closed;
    assert.equal(end.code, code, end.reason);
    if (reason) assert.match(end.reason, reason);
  };

  it('is refused with 4401 for a token that is unknown, expired or revoked, and the reason says which', async () => {
    // Who shows none does not guess, however often: a right one is still taken afterwards.
    await Promise.all(
      Array.from({ length: 130 }, async () => refused(await Wire.connect(it_.url, ''), 4401, /no token/)),
    );
    await refused(await Wire.connect(it_.url, 'ks1_nothing'), 4401, /token unknown/);
    const slot = await it_.cli.addSlot('short');
    const { token, id } = await it_.cli.issueToken('short', { expires: testClock.now() + 60 });
    await testClock.sleep(80);
    await refused(await Wire.connect(it_.url, token), 4401, /token expired/);
    const second = await it_.cli.issueToken('short');
    const { wire } = await Wire.greeted(it_.url, second.token);
    await it_.api(`/api/slots/${slot.id}/tokens/${second.id}`, { method: 'DELETE' });
    await refused(wire, 4401, /revoked/);
    assert.ok(id);
  });

  it('ends the older connection of the same agent with 4001, and refuses another agent with 4409', async () => {
    const instance = randomHex();
    const first = await Wire.greeted(it_.url, it_.token, { instance, boot: randomHex() });
    const second = await Wire.greeted(it_.url, it_.token, { instance, boot: randomHex() });
    await refused(first.wire, 4001);
    const other = await Wire.connect(it_.url, it_.token);
    other.send(hello());
    await refused(other, 4409);
    const check = await Wire.connect(it_.url, it_.token);
    check.send(hello({ purpose: 'check' }));
    await refused(check, 4409);
    // A goodbye frees the slot at once.
    second.wire.send({ type: 'bye', code: 'E_CANCELLED' });
    await second.wire.close();
    await until(async () => (await it_.cli.slots()).find((s) => s.name === 'office')?.connected === false);
    const again = await Wire.connect(it_.url, it_.token);
    again.send(hello({ purpose: 'check' }));
    again.send({ type: 'ready', epoch: (await again.next('welcome')).epoch });
    await refused(again, 1000);
    const third = await Wire.greeted(it_.url, it_.token);
    await third.wire.close();
  });

  it('is closed with 4400 for what is no frame, 4413 for one too large, 4426 for another version', async () => {
    for (const bad of [
      '{',
      '{"type":"nothing"}',
      '{"type":"ready","epoch":1}',
      `{"type":"${'あ'.repeat(60)}"}`,
      Buffer.from([1, 2, 3]),
    ]) {
      const wire = await Wire.connect(it_.url, it_.token);
      wire.sendRaw(bad);
      await refused(wire, 4400);
    }
    const large = await Wire.connect(it_.url, it_.token);
    large.sendRaw(`{"type":"hello","x":"${'x'.repeat(1024 * 1024)}"}`);
    await refused(large, 4413);
    const future = await Wire.connect(it_.url, it_.token);
    future.send(hello({ versions: [2] }));
    await refused(future, 4426);
  });

  it('is closed with 4403 when its slot is disabled', async () => {
    const { wire } = await Wire.greeted(it_.url, it_.token);
    await it_.api(`/api/slots/${it_.slotId}`, { method: 'PATCH', body: { enabled: false } });
    await refused(wire, 4403);
    const again = await Wire.connect(it_.url, it_.token);
    again.send(hello());
    await refused(again, 4403);
    await it_.api(`/api/slots/${it_.slotId}`, { method: 'PATCH', body: { enabled: true } });
  });

  it('needs the subprotocol and the right path', async () => {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    const { request } = await import('node:http');
    const status = (path: string, headers: Record<string, string>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const it = request(it_.url + path, {
          headers: { ...upgrade, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers },
        });
        it.on('response', (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        it.on('error', reject);
        it.end();
      });
    assert.equal(await status('/api/ksocket/connect', {}), 400);
    assert.equal(await status('/api/other', { 'sec-websocket-protocol': 'ksocket.v1' }), 404);
  });

  it('learns that the space goes down', async () => {
    const space = await startSpace();
    const { wire } = await Wire.greeted(space.url, space.token);
    await space.close();
    assert.equal((await wire.next('bye')).code, 'E_MAINTENANCE');
    await refused(wire, 4503);
  });
});
