/** The pages: what they show, what they never run, and that they live in a real browser. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MemoryAgent } from '../testing/agent.js';
import { Browser, missingBrowser } from '../testing/browser.js';
import { ended, office, section, sighting, summary } from '../testing/records.js';
import { type Answer, adminKey, ask, startSpace, type TestSpace, until } from '../testing/space.js';
import { Wire } from '../testing/wire.js';
import { html } from './html.js';
import { preferredLanguage } from './texts.js';

const hostile = `<script>document.title='owned'</script><img src=x onerror="document.title='owned'">`;

/** An office with a device that says of itself what no device should. */
const records = [
  ...office().slice(0, -2),
  sighting('192.0.2.66', {
    names: [{ name: hostile, source: 'dns' }],
    services: [{ name: hostile.slice(0, 64), port: 22, banner: hostile, certificate: hostile }],
  }),
  section(
    '192.0.2.66',
    'os',
    { hostname: hostile, name: hostile, description: hostile, bootTime: hostile },
    { collector: 'snmp' },
  ),
  section('192.0.2.66', 'software', { packages: [{ name: hostile, version: '"><b>' }] }, { collector: 'snmp' }),
  section('192.0.2.66', 'x.acme', { [hostile]: [{ [hostile]: hostile }] }, { collector: 'snmp' }),
  ended('192.0.2.66', { collector: 'ssh', result: 'failed', code: 'E_LOGIN', reason: hostile, remedy: hostile }),
  { type: 'finding', kind: 'x', text: hostile },
  summary([hostile]),
];

describe('the pages', () => {
  let it_: TestSpace;
  let cookie: string;
  let agent: MemoryAgent;
  let list: string;
  let node: (search: string) => Promise<string>;
  before(async () => {
    it_ = await startSpace();
    agent = new MemoryAgent(it_.token, records);
    await it_.cli.startScan('main');
    await agent.serve(it_.url);
    cookie = (await ask(it_.space.loginUrl, {})).headers.get('set-cookie')?.split(';')[0] ?? '';
    list = `/apps/sonar/networks/${it_.networkId}/managed-nodes`;
    node = async (search) => `${list}/${(await it_.api(`/api${list}?search=${search}`)).json.items[0].managedNodeId}`;
  });
  after(() => it_.close());

  const page = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    ask(it_.url + path, { cookie, accept: 'text/html', ...headers });
  const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> =>
    ask(
      it_.url + path,
      { cookie, 'sec-fetch-site': 'same-origin', ...headers },
      {
        method: 'POST',
        body: new URLSearchParams(fields).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
    );

  it('escape whatever a device says, everywhere', async () => {
    const scan = (await it_.api(`/api/apps/sonar/networks/${it_.networkId}/scans`)).json.items[0];
    for (const path of [
      '/',
      list,
      await node('192.0.2.66'),
      `/apps/sonar/networks/${it_.networkId}/scans/${scan.scanId}`,
    ]) {
      const { status, text } = await page(path);
      assert.equal(status, 200, path);
      assert.equal(text.includes('<script>document'), false, path);
      assert.equal(text.includes('<img src=x'), false, path);
    }
    assert.match((await page(await node('192.0.2.66'))).text, /&lt;script&gt;document\.title=&#39;owned&#39;/);
    assert.match((await page(`/?lang=${encodeURIComponent('"><script>')}`)).text, /<html lang="en">/);
    assert.equal(
      (await page(`${list}?search=${encodeURIComponent('"><script>alert(1)')}`)).text.includes('<script>alert'),
      false,
    );
    assert.equal(html`<p title="${'" onclick="'}">`.text, '<p title="&quot; onclick=&quot;">');
  });

  it('tell on the page of a node how it was found and read, step by step', async () => {
    const { text } = await page(await node('192.0.2.66'));
    assert.match(text, /How it was found and read/);
    assert.match(text, /<strong class="step">candidate<\/strong>/);
    assert.match(text, /<strong class="step">details<\/strong>.*x\.acme by snmp/s);
    assert.match((await page(`${await node('192.0.2.66')}?lang=ja`)).text, /検出と取得の経過/);
  });

  it('allow no script, style or address but their own', async () => {
    for (const path of ['/', '/login', '/nothing', '/assets/none.js']) {
      const { headers } = await page(path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /script-src 'self';/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|https?:|\*/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }
    const { text } = await page('/');
    assert.doesNotMatch(text, /<script(?! src="\/assets\/)/);
    assert.doesNotMatch(text, / style=| on\w+=/);
    assert.doesNotMatch(text.replaceAll(it_.url, ''), /(src|href)="https?:/);
  });

  it('need a login, and lead back to where one wanted to go', async () => {
    const away = await ask(it_.url + list, {});
    assert.deepEqual([away.status, away.headers.get('location')], [303, `/login?next=${encodeURIComponent(list)}`]);
    assert.equal((await form('/login', { key: 'wrong' }, { cookie: '' })).status, 401);
    const right = await form('/login', { key: adminKey, next: list }, { cookie: '' });
    assert.deepEqual([right.status, right.headers.get('location')], [303, list]);
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/\tevil'])
      assert.equal((await form('/login', { key: adminKey, next }, { cookie: '' })).headers.get('location'), '/');
    assert.equal((await form('/slots', { name: 'x' }, { 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await form('/slots', { name: 'x' }, { cookie: '' })).status, 303);
    assert.equal((await it_.cli.slots()).length, 1);
  });

  it('speak English and Japanese', async () => {
    assert.match((await page('/', { 'accept-language': 'ja,en;q=0.8' })).text, /<html lang="ja">[\s\S]*ネットワーク/);
    assert.match((await page('/', { 'accept-language': 'de,en;q=0.8' })).text, /<html lang="en">[\s\S]*Networks/);
    const chosen = await page('/?lang=ja');
    assert.match(chosen.text, /スロット/);
    assert.match(chosen.headers.get('set-cookie') ?? '', /ksocket_lang=ja/);
    assert.equal(preferredLanguage('fr, ja-JP;q=0.9, en;q=0.5'), 'ja');
  });

  it('show every section of a node, where it comes from, and what was not possible', async () => {
    const { text } = await page(await node('db-01'));
    for (const shown of [
      'Debian GNU/Linux 12.7',
      'PowerEdge R650',
      '256 GiB',
      'eno1',
      'libssl0',
      'ssh/linux.toml',
      'needs privilege',
      'dmidecode needs root',
      'allow dmidecode by sudo',
      'SAMSUNG MZQL23T8HCLS',
      'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3',
      'db-01.example.net',
    ])
      assert.ok(text.includes(shown), shown);
    const filtered = (await page(`${await node('db-01')}?packages=xml2`)).text;
    assert.ok(filtered.includes('libxml22') && !filtered.includes('libssl0'));
    const failed = (await page(await node('printer'))).text;
    assert.ok(failed.includes('timed out: ask 192.0.2.30:161') && failed.includes('snmp/20-v3.toml'));
  });

  it('add, change and refuse by their forms', async () => {
    assert.equal((await form('/slots', { name: 'branch' })).status, 303);
    const slot = (await it_.cli.slots()).find((s) => s.name === 'branch');
    const issued = await form(`/slots/${slot?.id}/tokens`, { expires: '2999-12-31' });
    assert.match(issued.text, /ks1_[A-Za-z0-9_-]{43}/);
    const added = await form('/networks', {
      name: 'Osaka',
      slotId: slot?.id ?? '',
      start: '10.0.0.0/24\r\n10.0.1.5',
      allow: '',
      deny: '',
    });
    assert.equal(added.status, 303);
    assert.deepEqual((await it_.cli.networks()).find((n) => n.name === 'Osaka')?.options.start, [
      '10.0.0.0/24',
      '10.0.1.5',
    ]);
    const refused = await form('/networks', { name: 'x', start: '10.0.0.300' });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /start\.0: &quot;10\.0\.0\.300&quot; is no address/);
  });

  it('live in a browser: log in, scan, watch, read', { skip: missingBrowser ?? false }, async () => {
    const browser = await Browser.open();
    try {
      const text = (selector: string) =>
        browser.evaluate<string>(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`);
      await browser.go(`${it_.url}/login?key=${adminKey}&next=${encodeURIComponent(list)}`);
      assert.equal(await text('h1'), 'main');
      assert.match(await text('#nodes td time'), /20\d\d/);
      assert.doesNotMatch(await text('#nodes td time'), /UTC/);
      await browser.leading(`document.querySelector('#scan-now button').click()`);
      assert.match(await text('#running'), /waiting for the agent/);
      const { wire } = await Wire.greeted(it_.url, it_.token, { maxSeen: 1 });
      const { opId } = await wire.next('op');
      wire.send({ type: 'accept', opId, limit: 100 });
      wire.send({ type: 'start', opId, run: 1, keep: 0 });
      const counts = { addresses: 77, expected: 254, alive: 9, entered: 5, collected: 3, addressesPerSecond: 840 };
      wire.send({
        type: 'progress',
        opId,
        run: 1,
        done: 77,
        total: 254,
        note: 'half way',
        counts,
        remainingSeconds: 42,
      });
      for (const [i, body] of records.slice(0, 12).entries())
        wire.send({ type: 'record', opId, run: 1, rec: i + 1, body });
      await until(async () => /77 of 254/.test(await text('#running')), 10_000);
      assert.match(await text('#running'), /addresses 77\/254 \(840 \/s\)\s+alive 9\s*entered 5\s*collected 3/);
      assert.match(await text('#running'), /42 s/);
      await until(async () => /db-01/.test(await text('#nodes')), 10_000);
      await wire.close();
      await browser.go(it_.url + (await node('192.0.2.66')));
      assert.equal(
        await browser.evaluate('document.title.includes("owned") && !document.title.includes("<script>")'),
        false,
      );
      assert.equal(await browser.evaluate('document.querySelectorAll("main img, main script").length'), 0);
      // The filter of packages works while typing.
      await browser.go(it_.url + (await node('web-01')));
      const rows = await browser.evaluate<number[]>(`(() => {
        const input = document.querySelector('[data-filters]');
        const shown = () => [...document.querySelectorAll('#package-table tbody tr')].filter((row) => !row.hidden).length;
        const before = shown();
        input.value = 'zstd';
        input.dispatchEvent(new Event('input'));
        return [before, shown()];
      })()`);
      assert.ok(rows[0] === 200 && rows[1]! > 0 && rows[1]! < 60, String(rows));
      assert.deepEqual(browser.complaints, []);
    } finally {
      await browser.close();
    }
  });
});
