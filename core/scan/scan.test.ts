/** The five steps with a scan mode and collectors made for the test: what is asked of whom, in which order, and what is reported. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseRange, type Session, section } from '../contract/index.js';
import { scan } from './testing/world.js';

test('new addresses go round until none is left, each is looked at once, and details come after that', async (t) => {
  const { log, nodes, summary } = await scan(
    t,
    {
      alive: ['10.0.0.1', '10.0.1.1', '10.0.2.1'],
      neighbours: { '10.0.0.1': ['10.0.1.1', '10.0.0.1', '10.9.9.9'], '10.0.1.1': ['10.0.2.1', '10.0.0.1'] },
    },
    { start: ['10.0.0.0/30'] },
  );
  const looks = log.filter((l) => l.startsWith('look'));
  assert.deepEqual(looks, ['look 10.0.0.1', 'look 10.0.0.2', 'look 10.0.1.1', 'look 10.9.9.9', 'look 10.0.2.1']);
  assert.ok(log.indexOf('inspect 10.0.0.1') > log.indexOf('open 10.0.2.1 right'));
  assert.deepEqual(
    nodes.map((n) => n.displayName),
    ['host-10.0.0.1', 'host-10.0.1.1', 'host-10.0.2.1'],
  );
  assert.equal(log.filter((l) => l.startsWith('open')).length, 3, 'one login a host');
  assert.equal(log.filter((l) => l.startsWith('close')).length, 3);
  assert.deepEqual(summary?.type === 'summary' && summary.counts, { probed: 5, alive: 3, entered: 3, collected: 3 });
  assert.deepEqual(nodes[1]!.addresses[0]!.source, 'arp of 10.0.0.1');
});

test('deny wins over allow, the policy over both, and special addresses are left alone', async (t) => {
  const { log } = await scan(
    t,
    {
      alive: [],
      candidates: [
        '127.0.0.1',
        '169.254.169.254',
        '224.0.0.1',
        '255.255.255.255',
        '0.0.0.0',
        '10.0.0.200',
        '192.0.2.1',
        'fe80::1',
        '::1',
        'ff02::1',
      ].map((a) => ({ range: parseRange(a), source: 'test' })),
    },
    {
      start: ['10.0.0.0/29'],
      allow: ['10.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '0.0.0.0/8', '::/0'],
      deny: ['10.0.0.2'],
    },
    { policy: { deny: ['10.0.0.3'] }, apart: ['10.0.0.4'] },
  );
  assert.deepEqual(log, ['look 10.0.0.1', 'look 10.0.0.5', 'look 10.0.0.6', 'look 10.0.0.200']);
});

test('an address named by itself is looked at even if it is this machine’s or the space’s, but never against the policy', async (t) => {
  const { log } = await scan(
    t,
    { alive: [] },
    { start: ['127.0.0.1', '10.0.0.4', '10.0.0.5'] },
    { apart: ['10.0.0.4'], policy: { deny: ['10.0.0.5'] } },
  );
  assert.deepEqual(log, ['look 127.0.0.1', 'look 10.0.0.4']);
});

test('more than 65,536 start addresses are refused with the number, before anything is looked at', async (t) => {
  await assert.rejects(
    scan(t, { alive: [], look: () => assert.fail('looked') }, { start: ['10.0.0.0/16', '10.1.0.1'] }),
    { code: 'E_INPUT', message: /65537 start addresses are more than 65536/ },
  );
  await assert.rejects(scan(t, { alive: [] }, { start: ['::/0'] }), { code: 'E_INPUT' });
});

test('the bound on all addresses stops the scan and is said', async (t) => {
  const { log, summary } = await scan(t, { alive: [] }, { start: ['10.0.0.0/24'] }, { maxAddresses: 10 });
  assert.equal(log.length, 10);
  assert.match(summary?.type === 'summary' ? summary.notes.join() : '', /stopped at 10 addresses/);
});

test('files are tried in order until one opens, and what each said is reported', async (t) => {
  const { log, nodes } = await scan(
    t,
    { alive: ['10.0.0.1'] },
    { start: ['10.0.0.1'] },
    {
      files: {
        '0.toml': 'includes = ["10.0.0.0/8"]\nkey = "wrong"\n',
        '1.toml': 'includes = ["10.0.0.0/8"]\nkey = "right"\n',
        '2.toml': 'includes = ["10.0.0.0/8"]\nkey = "never tried"\n',
      },
    },
  );
  assert.deepEqual(
    log.filter((l) => l.startsWith('open')),
    ['open 10.0.0.1 wrong', 'open 10.0.0.1 right'],
  );
  assert.deepEqual(nodes[0]!.outcomes, [
    {
      address: '10.0.0.1',
      collector: 'ssh',
      result: 'ok',
      matched: ['ssh/0.toml', 'ssh/1.toml', 'ssh/2.toml'],
      tried: [
        { credential: 'ssh/0.toml', code: 'E_LOGIN', reason: 'login refused: log in to 10.0.0.1' },
        { credential: 'ssh/1.toml' },
      ],
    },
  ]);
  assert.equal(nodes[0]!.provenance[0]!.credential, 'ssh/1.toml');
});

test('a closed port is knocked at once, whatever the number of files; another port is another door', async (t) => {
  const { log } = await scan(
    t,
    { alive: ['10.0.0.1'] },
    { start: ['10.0.0.1'] },
    {
      files: {
        '0.toml': 'includes = ["10.0.0.0/8"]\nkey = "closed"\n',
        '1.toml': 'includes = ["10.0.0.0/8"]\nkey = "same door"\n',
        '2.toml': 'includes = ["10.0.0.0/8"]\nkey = "right"\nport = 2222\n',
      },
    },
  );
  assert.deepEqual(
    log.filter((l) => l.startsWith('open')),
    ['open 10.0.0.1 closed', 'open 10.0.0.1 right'],
  );
});

test('no matching file is a stated reason, logged as the manual says', async (t) => {
  const { nodes, lines } = await scan(t, { alive: ['10.0.0.1'] }, { start: ['10.0.0.1'] }, { files: {} });
  assert.equal(nodes[0]!.outcomes[0]!.code, 'E_NO_CREDENTIAL');
  assert.match(nodes[0]!.outcomes[0]!.remedy!, /add a file to credentials\/ssh whose includes cover 10\.0\.0\.1/);
  assert.ok(lines.some((l) => l.startsWith('WARNING no credential file matches 10.0.0.1 for ssh')));
});

test('over a link that nobody verified hosts are found but not logged in to, and that is said', async (t) => {
  const { log, records, nodes } = await scan(t, { alive: ['10.0.0.1'] }, { start: ['10.0.0.1'] }, { mayLogIn: false });
  assert.deepEqual(log, ['look 10.0.0.1']);
  assert.equal(nodes.length, 1);
  assert.ok(records.some((r) => r.type === 'finding' && r.kind === 'insecure-link'));
});

test('a broken credential file is a finding, not a silent gap', async (t) => {
  const { records } = await scan(t, { alive: [] }, { start: ['10.0.0.1'] }, { files: { '0.toml': 'includes = [' } });
  const finding = records.find((r) => r.type === 'finding');
  assert.match(finding?.type === 'finding' ? finding.text : '', /ssh\/0\.toml is not used: .*no TOML/);
});

test('a session that throws, lies or hangs is a reason in the node, and the others go on', {
  timeout: 20_000,
}, async (t) => {
  const sessions: Record<string, Session> = {
    '10.0.0.1': {
      neighbours: async function* () {
        yield { address: '10.0.0.4', source: 'arp' };
        throw new Error('boom');
      },
      inspect: async function* () {
        yield section('os', { hostname: 'half' });
        throw new TypeError('boom');
      },
      close() {
        throw new Error('boom');
      },
    },
    '10.0.0.2': {
      neighbours: async function* () {
        yield { address: 'not an address', source: 'arp' };
      },
      inspect: async function* () {
        yield { name: 'os', data: { hostname: 1 }, state: 'ok' } as never;
      },
      close() {},
    },
  };
  const { nodes } = await scan(
    t,
    {
      alive: ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
      open: (a) => (sessions[a] ? Promise.resolve(sessions[a]) : undefined),
    },
    { start: ['10.0.0.0/29'] },
  );
  assert.deepEqual(
    nodes.map((n) => [n.displayName, n.outcomes[0]!.result, n.outcomes[0]!.code]),
    [
      ['half', 'partial', 'E_PLUGIN'],
      ['10.0.0.2', 'failed', 'E_PLUGIN'],
      ['host-10.0.0.3', 'ok', undefined],
    ],
  );
});

test('a cancel in the middle ends the scan soon, closes what is open, and what was found is kept', {
  timeout: 10_000,
}, async (t) => {
  const abort = new AbortController();
  const hung: Session = {
    async *neighbours() {},
    inspect: async function* () {
      yield section('os', { hostname: 'x' });
      await new Promise(() => {});
    },
    close() {},
  };
  setTimeout(() => abort.abort('test'), 300).unref();
  const { records } = await scan(
    t,
    { alive: ['10.0.0.1'], open: async () => hung },
    { start: ['10.0.0.1'] },
    { signal: abort.signal },
  );
  assert.ok(records.some((r) => r.type === 'section'));
  assert.ok(!records.some((r) => r.type === 'summary'));
});

test('a cloud’s sightings are taken as they are, a stopped machine too, and nothing is probed', async (t) => {
  const { nodes, log } = await scan(
    t,
    {
      alive: [],
      look: undefined as never,
      candidates: [
        {
          source: 'cloud',
          sighting: {
            addresses: ['10.0.0.1'],
            alive: 'yes',
            evidence: [{ probe: 'cloud', answer: 'running' }],
            sections: [section('identity', { cloudId: 'vm-1' })],
          },
        },
        {
          source: 'cloud',
          sighting: {
            addresses: [],
            alive: 'no',
            evidence: [{ probe: 'cloud', answer: 'stopped' }],
            names: [{ name: 'db', source: 'cloud' }],
          },
        },
      ],
    },
    {},
  );
  assert.deepEqual(
    log.filter((l) => l.startsWith('look')),
    [],
  );
  assert.equal(nodes.length, 2);
  assert.equal(nodes[0]!.key, 'cloudId:vm-1');
});

/** Bytes that are really held: what the collector would free does not count. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

test('sixty-five thousand silent addresses are held in a few megabytes', async (t) => {
  const before = heldBytes();
  let held = 0;
  const { summary, progress } = await scan(
    t,
    {
      alive: [],
      look: async function* (addresses) {
        for (const address of addresses) yield { addresses: [address], alive: 'unknown', evidence: [] };
        held = heldBytes() - before;
      },
    },
    { start: ['10.0.0.0/16'] },
  );
  assert.equal(summary?.type === 'summary' && summary.counts.probed, 65_534);
  assert.ok(progress.at(-1)!.done <= progress.at(-1)!.total);
  assert.ok(held < 64 * 1024 * 1024, `${Math.round(held / 1024 / 1024)} MiB`);
});
