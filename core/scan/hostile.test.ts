/** What plug-ins and hosts may do wrong: each is a reason or a note, the others go on, and every record fits. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '../../test/kit/index.js';
import { type Call, failure, type Section, type Session, type Sighting, section } from '../contract/index.js';
import { Policy, policySchema } from '../policy/index.js';
import { maxFrameBytes, type ScanRecord, scanRecord } from '../wire/index.js';
import { scan, type World } from './testing/world.js';

const session = (parts: Partial<Session>): Session => ({
  async *neighbours() {},
  async *inspect() {},
  close() {},
  ...parts,
});
const aTarget = { alive: ['10.0.0.1'] };
const atIt = { start: ['10.0.0.1'] };
const outcomesIn = (records: readonly ScanRecord[]) => records.flatMap((r) => (r.type === 'node' ? r.outcomes : []));

/** Runs with virtual time until the work is done. */
async function inTime<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let done = false;
  const end = () => {
    done = true;
  };
  work.then(end, end);
  while (!done) await clock.advance(500);
  return work;
}

function fitting(records: readonly ScanRecord[]): void {
  for (const record of records) {
    const result = scanRecord.safeParse(record);
    assert.ok(result.success, JSON.stringify(result.error?.issues[0]));
    assert.ok(Buffer.byteLength(JSON.stringify(record)) < maxFrameBytes - 1024, 'fits a frame');
  }
}

/** What a target may put where a text, a number or a list should be. */
const anything = fc.oneof(
  fc.constantFrom(undefined, null, '', 'x'.repeat(5000), '\u0000\u001b[2J', -1, 1.5, 70_000, Number.NaN, [], {}),
  fc.constantFrom('ok', 'yes', 'ssh', 22, '10.0.0.7', '00:11:22:aa:bb:cc', 'x.acme', 'os'),
  fc.array(fc.anything(), { maxLength: 3 }),
  fc.anything({ maxDepth: 2 }),
);
const orMany = (item: fc.Arbitrary<unknown>) =>
  fc.oneof(
    fc.array(item, { maxLength: 3 }),
    item.map((one) => new Array(1500).fill(one)),
    anything,
  );
const anySection = fc.record({
  name: fc.oneof(fc.constantFrom('os', 'network', 'x.acme', `x.${'y'.repeat(200)}`), anything),
  data: fc.oneof(
    fc.constantFrom(JSON.parse('{"__proto__":{"constructor":{"prototype":1}},"constructor":{}}')),
    anything,
  ),
  state: fc.oneof(fc.constantFrom('ok', 'timeout'), anything),
  missing: orMany(fc.record({ field: anything, state: fc.constantFrom('ok', 'timeout', 'odd'), reason: anything })),
});
const anySighting = fc.record({
  addresses: orMany(fc.oneof(fc.ipV4(), anything)),
  alive: fc.oneof(fc.constantFrom('yes', 'no', 'unknown'), anything),
  evidence: orMany(fc.record({ probe: anything, answer: anything, port: anything, rttMs: anything })),
  mac: anything,
  names: orMany(fc.record({ name: anything, source: anything })),
  services: orMany(fc.record({ name: anything, port: anything, banner: anything, certificate: anything })),
  sections: fc.oneof(fc.array(anySection, { maxLength: 2 }), anything),
});

test('whatever a cloud, a mode or a session says, every record of the scan is one', { timeout: 60_000 }, async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anySighting, { maxLength: 4 }),
      fc.array(fc.oneof(anySection, anySighting, anything), { maxLength: 4 }),
      fc.constantFrom('cloud', 's\n'.repeat(1000)),
      async (sightings, values, source) => {
        const { records, summary } = await scan(
          t,
          {
            ...aTarget,
            candidates: sightings.map((s) => ({ sighting: s as unknown as Sighting, source })),
            open: async () =>
              session({
                async *inspect() {
                  for (const value of values) yield value as Section;
                },
              }),
          },
          atIt,
        );
        fitting(records);
        assert.ok(summary, 'comes to its end');
      },
    ),
    { numRuns: 60 },
  );
});

test('long lists of what is missing, of tried files and of nested data fit a frame or are a reason', async (t) => {
  const long = '漢'.repeat(4000);
  const { records } = await scan(
    t,
    {
      ...aTarget,
      open: async () =>
        session({
          async *inspect() {
            yield section(
              'os',
              { hostname: 'a' },
              { state: 'timeout', missing: new Array(5000).fill({ field: long, state: 'timeout', reason: long }) },
            );
            yield section('hardware', { storage: { drives: new Array(2000).fill({ name: long }) } });
          },
        }),
    },
    atIt,
  );
  fitting(records);
  const [outcome] = outcomesIn(records);
  assert.deepEqual([outcome?.result, outcome?.code], ['partial', 'E_LIMIT']);
  assert.ok(records.some((r) => r.type === 'section' && r.missing!.length > 10));
});

test('a bad section of a sighting is a note; its other sections and the scan go on', async (t) => {
  const sections = [
    { name: 'os', data: { hostname: 1 }, state: 'ok' } as unknown as Section,
    section('identity', { cloudId: 'vm-1' }),
  ];
  const { records, notes } = await scan(
    t,
    {
      alive: [],
      candidates: [{ source: 'cloud', sighting: { addresses: ['10.0.0.1'], alive: 'no', evidence: [], sections } }],
    },
    {},
  );
  assert.deepEqual(
    records.flatMap((r) => (r.type === 'section' ? [r.name] : [])),
    ['identity'],
  );
  assert.match(notes, /a section by cloud is left out: .*section os: hostname/);
});

test('a file with more hops than anybody has is a reason, and the next file is tried', async (t) => {
  const hops = JSON.stringify(Array.from({ length: 9 }, (_, i) => `10.1.0.${i + 1}`));
  const { nodes } = await scan(t, { ...aTarget, tunnels: 'hops' }, atIt, {
    files: {
      '0.toml': `includes = ["10.0.0.0/8"]\nkey = "right"\nhops = ${hops}\n`,
      '1.toml': 'includes = ["10.0.0.0/8"]\nkey = "right"\n',
    },
  });
  assert.equal(nodes[0]!.outcomes[0]!.result, 'ok');
  assert.match(nodes[0]!.outcomes[0]!.tried![0]!.reason!, /hops has more than 8 hops/);
});

test('a hop is not entered by a collector that the policy does not list', async (t) => {
  /** Permits the collector for the target and has changed its mind at the hop. */
  class Fickle extends Policy {
    #asked = 0;
    override permitsCollector(): boolean {
      this.#asked += 1;
      return this.#asked <= 1;
    }
  }
  const { log, nodes } = await scan(t, { ...aTarget, tunnels: 'hops' }, atIt, {
    policyItself: new Fickle(policySchema.parse({})),
    files: { '0.toml': 'includes = ["10.0.0.0/8"]\nkey = "right"\nhops = ["10.1.0.1"]\n' },
  });
  assert.deepEqual(
    log.filter((l) => l.startsWith('open')),
    [],
  );
  assert.match(nodes[0]!.outcomes[0]!.reason!, /^tunnel not usable: hop 10\.1\.0\.1: not permitted/);
});

test('a fault of the scan itself ends it with that fault and leaves the process alone', {
  timeout: 10_000,
}, async (t) => {
  class Broken extends Policy {
    override permitsCollector(): boolean {
      throw new RangeError('broken policy');
    }
  }
  const { fault, records } = await scan(
    t,
    { alive: ['10.0.0.1', '10.0.0.2'] },
    { start: ['10.0.0.0/30'] },
    {
      policyItself: new Broken(policySchema.parse({})),
      keepFault: true,
    },
  );
  assert.equal(fault?.code, 'E_PLUGIN');
  assert.match(String((fault as Error).cause), /broken policy/);
  assert.ok(!records.some((r) => r.type === 'summary'));
});

test('a mode that fails late: what was found gets its details and a summary, then the failure ends the scan', async (t) => {
  const late: World = {
    alive: [],
    look: async function* () {
      yield { addresses: ['10.0.0.1'], alive: 'yes', evidence: [] };
      throw failure('E_PRIVILEGE', 'open a raw socket');
    },
  };
  const { fault, nodes, notes } = await scan(t, late, { start: ['10.0.0.0/30'] }, { keepFault: true });
  assert.equal(fault?.code, 'E_PRIVILEGE');
  assert.equal(nodes[0]!.displayName, 'host-10.0.0.1');
  assert.equal(nodes[0]!.outcomes[0]!.result, 'ok');
  assert.match(notes, /nothing more was looked for: missing privilege: open a raw socket/);
});

test('a mode that fails before anything was found is a failed scan without a record', async (t) => {
  const { fault, records } = await scan(
    t,
    {
      alive: [],
      // biome-ignore lint/correctness/useYield: fails at once
      look: async function* () {
        throw failure('E_PRIVILEGE', 'open a raw socket');
      },
    },
    atIt,
    { keepFault: true },
  );
  assert.equal(fault?.code, 'E_PRIVILEGE');
  assert.deepEqual(records, []);
});

test('a session that died while it waited is opened again, once', async (t) => {
  let opened = 0;
  const world = (until: number): World => ({
    ...aTarget,
    open: async () => {
      opened += 1;
      const mine = opened;
      return session({
        async *inspect() {
          if (mine < until) throw failure('E_RESET', 'read');
          yield section('os', { hostname: 'back' });
        },
      });
    },
  });
  const { nodes } = await scan(t, world(2), atIt);
  assert.deepEqual([opened, nodes[0]!.displayName, nodes[0]!.outcomes[0]!.result], [2, 'back', 'ok']);
  opened = 0;
  const { nodes: again } = await scan(t, world(9), atIt);
  assert.deepEqual([opened, again[0]!.outcomes[0]!.code], [2, 'E_RESET']);
});

test('what a session had read when it died is reported where nobody gets in again, and only there', async (t) => {
  for (const code of ['E_RESET', 'E_TUNNEL'] as const) {
    let opened = 0;
    const world = (comesBack: boolean): World => ({
      ...aTarget,
      open: async () => {
        opened += 1;
        if (opened > 1 && !comesBack) throw failure('E_TIMEOUT', 'log in');
        const isFirst = opened === 1;
        return session({
          async *inspect() {
            if (isFirst) throw failure(code, 'read');
            yield section('os', { hostname: 'back' });
          },
          async *remains() {
            yield section('os', { hostname: 'half' }, { state: 'truncated' });
          },
        });
      },
    });
    const { nodes: gone } = await scan(t, world(false), atIt);
    const [outcome] = gone[0]!.outcomes;
    assert.deepEqual([opened, gone[0]!.displayName], [2, 'half']);
    assert.deepEqual([outcome!.result, outcome!.code], ['partial', 'E_TIMEOUT']);
    opened = 0;
    const { nodes: back } = await scan(t, world(true), atIt);
    assert.deepEqual([opened, back[0]!.displayName, back[0]!.outcomes[0]!.result], [2, 'back', 'ok']);
  }
});

test('a session that never closes does not hold the scan', async (t) => {
  const clock = new VirtualClock();
  let leaving = 0;
  let ended = 0;
  const close = () => {
    leaving = clock.monotonic();
    return new Promise<void>(() => {});
  };
  const { summary } = await inTime(
    clock,
    scan(t, { ...aTarget, open: async () => session({ close }) }, atIt, {
      clock,
      taken: (record) => {
        if (record.type === 'summary') ended = clock.monotonic();
      },
    }),
  );
  assert.ok(summary);
  assert.ok(ended - leaving < 10_000);
});

test('the time limit of an inspection counts the waits for the target, not those for the space', async (t) => {
  const clock = new VirtualClock();
  const open = async () =>
    session({
      async *inspect() {
        yield section('os', { hostname: 'slow space' });
        await clock.sleep(100_000);
        // More than the channel holds, so that the session waits for the space.
        for (let i = 0; i < 600; i++) yield section('x.acme', { i });
        await clock.sleep(70_000);
        yield section('x.last', {});
        await new Promise(() => {});
      },
    });
  const { records } = await inTime(
    clock,
    scan(t, { ...aTarget, open }, atIt, {
      clock,
      taken: (record) => (record.type === 'section' ? clock.sleep(3000) : undefined),
    }),
  );
  assert.ok(records.some((r) => r.type === 'section' && r.name === 'x.last'));
  assert.equal(outcomesIn(records)[0]!.code, 'E_TIMEOUT');
});

test('the signal of a session ends with it: at its close, and when the scan is cancelled', {
  timeout: 10_000,
}, async (t) => {
  const calls: Call[] = [];
  const during: boolean[] = [];
  const open = async (_: string, call: Call) => {
    calls.push(call);
    return session({
      async *inspect() {
        during.push(call.signal.aborted);
        yield section('os', { hostname: 'x' });
      },
      close: () => void during.push(call.signal.aborted),
    });
  };
  await scan(t, { ...aTarget, open }, atIt);
  assert.deepEqual(during, [false, false]);
  assert.equal(calls[0]!.signal.aborted, true);

  const abort = new AbortController();
  let told = false;
  const waiting = async (_: string, call: Call) =>
    session({
      async *inspect() {
        yield section('os', { hostname: 'x' });
        await new Promise<void>((resolve) => {
          call.signal.addEventListener('abort', () => resolve());
          abort.abort('test');
        });
        told = true;
      },
    });
  await scan(t, { ...aTarget, open: waiting }, atIt, { signal: abort.signal });
  assert.ok(told);
});

test('a host that never ends its list of neighbours is closed, and its details come from another session', async (t) => {
  const clock = new VirtualClock();
  const did: string[] = [];
  let opened = 0;
  const open = async (_: string, call: Call) => {
    opened += 1;
    const mine = opened;
    return session({
      async *neighbours() {
        if (mine > 1) return;
        await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve()));
        did.push(`neighbours of ${mine} end`);
      },
      async *inspect() {
        did.push(`inspect ${mine}`);
        yield section('os', { hostname: 'patient' });
      },
      close: () => void did.push(`close ${mine}`),
    });
  };
  const { nodes } = await inTime(clock, scan(t, { ...aTarget, open }, atIt, { clock }));
  assert.deepEqual(did, ['close 1', 'neighbours of 1 end', 'inspect 2', 'close 2']);
  assert.equal(nodes[0]!.displayName, 'patient');
});
