/** The REST interface: shapes, paging, what is refused and how. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { MemoryAgent } from '../testing/agent.js';
import { ended, office, section, server, sighting, summary } from '../testing/records.js';
import { type Answer, adminKey, ask, startSpace, type TestSpace } from '../testing/space.js';

describe('the REST interface', () => {
  let it_: TestSpace;
  let base: string;
  let maxSeen = 0;
  before(async () => {
    it_ = await startSpace();
    base = `/api/apps/sonar/networks/${it_.networkId}`;
  });
  after(() => it_.close());

  /** One scan with these records. */
  const scan = async (bodies: readonly unknown[]): Promise<void> => {
    const agent = new MemoryAgent(it_.token, bodies);
    agent.maxSeen = maxSeen++;
    await it_.cli.startScan('main');
    await agent.serve(it_.url);
  };
  const get = async (path: string): Promise<Answer['json']> => {
    const answer = await it_.api(path);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };

  it('lists networks, nodes, packages, notes and snapshots in the product’s shape', async () => {
    await scan(office());
    const networks = await get('/api/apps/sonar/networks');
    assert.equal(networks.total, 1);
    assert.equal(networks.items[0].numberOfManagedNodes, 28);
    const nodes = await get(`${base}/managed-nodes?limit=2&sort=address`);
    assert.equal(nodes.total, 28);
    assert.deepEqual(
      nodes.items.map((n: { displayName: string }) => n.displayName),
      ['core-sw', 'db-01'],
    );
    const [, db] = nodes.items;
    assert.equal(db.addresses[0].addr, '192.0.2.10');
    assert.equal(db.system.family, 'Linux');
    assert.equal(db.extraFields.memory.totalSize, 268_435_456);
    assert.equal(db.numberOfPackages, 640);
    assert.equal(db.sections, undefined);
    const one = await get(`${base}/managed-nodes/${db.managedNodeId}`);
    assert.equal(one.sections.os.version, '12.7');
    assert.equal(one.provenance[0].credential, 'ssh/linux.toml');
    assert.ok(one.outcomes.some((o: { remedy?: string }) => o.remedy?.includes('sudo')));
    const packages = await get(`${base}/managed-nodes/${db.managedNodeId}/packages?search=libssl&limit=3`);
    assert.equal(packages.items.length, 3);
    assert.equal(packages.items[0].arch, 'amd64');
    assert.deepEqual(await get(`${base}/managed-nodes/${db.managedNodeId}/notes`), { items: [], total: 0 });
    const snapshots = await get(`${base}/snapshots`);
    assert.equal(snapshots.items[0].complete, true);
    const of = `${base}/snapshots/${snapshots.items[0].snapshotId}/nodes`;
    const taken = await get(`${of}?search=db-01`);
    assert.equal(taken.total, 1);
    assert.equal(taken.items[0].managedNodeId, db.managedNodeId);
    assert.equal((await get(`${of}/${taken.items[0].nodeId}/packages`)).total, 640);
  });

  it('searches, filters and sorts', async () => {
    const total = async (query: string) => (await get(`${base}/managed-nodes?${query}`)).total;
    assert.equal(await total('search=debian'), 2);
    assert.equal(await total('search=00:80:77'), 1);
    assert.equal(await total('search=%25'), 0);
    assert.equal(await total('family=IOS'), 1);
    assert.equal(await total('family=-'), 25);
    assert.equal(await total('status=new'), 28);
    const first = (await get(`${base}/managed-nodes?sort=-numberOfPackages&limit=1`)).items[0];
    assert.equal(first.numberOfPackages, 640);
  });

  it('keeps nodes and what is known of them over scans, and says which are lost', async () => {
    const find = async (search: string) => (await get(`${base}/managed-nodes?search=${search}`)).items[0];
    const before_ = await find('db-01');
    // The login fails this time; the switch is gone; the web server got a package list from another distribution.
    await scan([
      sighting('192.0.2.10', { mac: '00:1b:21:7a:0f:31' }),
      ended('192.0.2.10', { collector: 'ssh', result: 'failed', code: 'E_LOGIN', reason: 'login refused' }),
      ...server('192.0.2.11', 'web-01', 'CN7A0F42').filter((r) => !(r.type === 'section' && r.name === 'software')),
      section('192.0.2.11', 'software', { packages: [{ name: 'nginx', version: '1.26' }] }),
      sighting('192.0.2.200'),
      summary(),
    ]);
    const db = await find('db-01');
    assert.equal(db.managedNodeId, before_.managedNodeId);
    assert.equal(db.status, 'existing');
    assert.equal(db.numberOfPackages, 640);
    assert.equal(db.extraFields.product.modelName, 'PowerEdge R650');
    const detail = await get(`${base}/managed-nodes/${db.managedNodeId}`);
    assert.ok(detail.provenance.some((p: { section: string }) => p.section === 'software'));
    const web = await find('web-01');
    assert.equal(web.numberOfPackages, 1);
    assert.equal((await find('core-sw')).status, 'lost');
    assert.equal((await find('192.0.2.200')).status, 'new');
    const latest = (await get(`${base}/snapshots`)).items[0];
    assert.equal(latest.numberOfNodes, 3);
  });

  it('names the field that is wrong, in one sentence', async () => {
    const refused = async (method: string, path: string, body: unknown, status: number, message: RegExp) => {
      const answer = await it_.api(path, { method, body });
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.json.error.message, message);
      assert.match(answer.json.error.code, /^E_/);
    };
    const networks = '/api/apps/sonar/networks';
    await refused(
      'POST',
      networks,
      { name: 'x', start: ['10.0.0.300'] },
      400,
      /^start\.0: "10\.0\.0\.300" is no address/,
    );
    await refused('POST', networks, { name: 'x', deny: ['10.0.0.0/33'] }, 400, /^deny\.0: /);
    await refused('POST', networks, { name: '' }, 400, /^name: /);
    await refused('POST', networks, { name: 'x', strat: [] }, 400, /strat/);
    await refused('POST', networks, { name: 'main' }, 409, /taken/);
    await refused('POST', networks, { name: 'x', slotId: 'none' }, 404, /no slot none/);
    await refused('PATCH', base, { start: ['10.0.0.0/15', '192.0.2.0/24'] }, 400, /131,328 addresses.*65,536/);
    await refused('PATCH', base, { start: 'everything' }, 400, /^start: /);
    await refused('POST', `/api/slots/${it_.slotId}/tokens`, { expires: 'soon' }, 400, /^expires: .*2030-12-31/);
    await refused('POST', `/api/slots/${it_.slotId}/tokens`, { expires: '2001-01-01' }, 400, /past/);
    await refused('POST', '/api/slots/none/tokens', {}, 404, /no slot none/);
    await refused('POST', '/api/slots', '{"name":', 400, /JSON/);
    await refused('GET', `${base}/managed-nodes?sort=document`, undefined, 400, /^sort: one of/);
    await refused('GET', `${base}/managed-nodes?limit=0`, undefined, 400, /^limit: /);
    await refused('GET', `${base}/managed-nodes/none`, undefined, 404, /no managed node none/);
    await refused('GET', '/api/apps/sonar/networks/none/managed-nodes', undefined, 404, /no network none/);
    await refused('GET', '/api/nothing', undefined, 404, /nothing at/);
  });

  it('falls back from the slot’s options to the network’s, field by field', async () => {
    await it_.api(`/api/slots/${it_.slotId}`, { method: 'PATCH', body: { deny: ['192.0.2.99'] } });
    await it_.api(base, { method: 'PATCH', body: { deny: ['192.0.2.1'], allow: ['192.0.0.0/16'] } });
    const { id } = await it_.cli.startScan('main');
    const agent = new MemoryAgent(it_.token, [summary()]);
    agent.maxSeen = maxSeen++;
    await agent.serve(it_.url);
    const [work] = agent.work.values();
    assert.deepEqual(work?.order.input, {
      start: ['192.0.2.0/24'],
      allow: ['192.0.0.0/16'],
      deny: ['192.0.2.99'],
      collect: true,
    });
    assert.equal((await it_.cli.scan(id))?.status, 'done');
  });

  it('shows a token once, and never again', async () => {
    const { slotId } = (await it_.api('/api/slots', { method: 'POST', body: { name: 'branch' } })).json;
    const path = `/api/slots/${slotId}/tokens`;
    const issued = await it_.api(path, { method: 'POST', body: { expires: '2999-12-31' } });
    assert.equal(issued.status, 201);
    assert.match(issued.json.token, /^ks1_/);
    await it_.api(path, { method: 'POST' });
    assert.equal((await it_.api(path, { method: 'POST' })).status, 409);
    const slots = await it_.api('/api/slots');
    assert.equal(slots.text.includes(issued.json.token), false);
    assert.equal(slots.json.items.find((s: { slotId: string }) => s.slotId === slotId).tokens.length, 2);
    assert.equal(
      it_.log.lines.some((line) => line.includes(issued.json.token)),
      false,
    );
  });

  it('lets nobody in without the key, and slows down who guesses', async () => {
    assert.equal((await ask(`${it_.url}/api/slots`, {})).status, 401);
    const strict = await startSpace();
    for (let i = 0; i < 10; i++)
      assert.equal((await ask(`${strict.url}/api/slots`, { 'x-authorization': `Token wrong${i}` })).status, 401);
    assert.equal((await ask(`${strict.url}/api/slots`, { 'x-authorization': `Token ${adminKey}` })).status, 429);
    await strict.close();
  });

  it('takes a cookie’s orders only from its own pages', async () => {
    const login = await ask(it_.space.loginUrl, {});
    assert.equal(login.status, 303);
    const set = login.headers.get('set-cookie') ?? '';
    assert.match(set, /HttpOnly; SameSite=Strict/);
    const cookie = set.split(';')[0] ?? '';
    assert.equal((await ask(`${it_.url}/api/slots`, { cookie })).status, 200);
    assert.equal((await ask(`${it_.url}/api/slots`, { cookie: `${cookie}x` })).status, 401);
    const post = (headers: Record<string, string>) =>
      ask(`${it_.url}/api/slots`, { cookie, ...headers }, { method: 'POST', body: { name: 'csrf' } });
    assert.equal((await post({})).status, 403);
    assert.equal((await post({ 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await post({ origin: 'https://evil.example' })).status, 403);
    assert.equal((await post({ 'sec-fetch-site': 'same-origin' })).status, 201);
  });

  it('is not called by a host name that is not its own (DNS rebinding)', async () => {
    const status = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const it = request(`${it_.url}/api/slots`, { headers: { host, 'x-authorization': `Token ${adminKey}` } });
        it.on('response', (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        it.on('error', reject);
        it.end();
      });
    const { port } = new URL(it_.url);
    assert.equal(await status(`evil.example:${port}`), 403);
    assert.equal(await status(`localhost:${port}`), 200);
    assert.equal(await status(`127.0.0.1:${port}`), 200);
  });

  it('tells open pages what changes', async () => {
    const abort = new AbortController();
    const answer = await fetch(`${it_.url}/api/events`, {
      headers: { 'x-authorization': `Token ${adminKey}` },
      signal: abort.signal,
    });
    assert.match(answer.headers.get('content-type') ?? '', /event-stream/);
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    await it_.cli.addSlot('from the command line');
    let text = '';
    while (!text.includes('"topic":"all"')) text += (await reader.read()).value ?? '';
    abort.abort();
    await reader.cancel().catch(() => undefined);
  });
});
