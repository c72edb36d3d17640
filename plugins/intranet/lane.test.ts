import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testRandom } from 'ksocket/testing';
import type { Outcome } from './entry.js';
import { Lane } from './lane.js';
import { Pace } from './pace.js';
import type { Probe, Shot } from './probes/probe.js';
import { SubnetBudget } from './subnet-budget.js';
import { JumpingClock } from './testing/clock.js';

const addresses = (count: number) => Array.from({ length: count }, (_, i) => `10.0.${i >> 8}.${i & 255}`);

/** A lane over probes that do as they are told, and what came of it. */
function scene(options: { rate?: number; share?: number; permits?: (address: string) => boolean } = {}) {
  const clock = new JumpingClock();
  const outcomes: Outcome[] = [];
  const sent: { at: number; probe: string; address: string; attempt: number }[] = [];
  const pace = new Pace(clock, { start: options.rate ?? 1000, cap: options.rate ?? 1000 });
  const lane = new Lane({
    ...{ clock, pace, random: testRandom, permits: options.permits ?? (() => true) },
    ...(options.share === undefined ? {} : { budget: new SubnetBudget(clock, options.share) }),
    outcome: (it) => outcomes.push(it),
    duplicate: () => undefined,
  });
  const probe = (name: string, waits: number[], send: (address: string, attempt: number) => Shot): Probe => ({
    ...{ name, waits, packets: 1, repeats: true },
    send(address, attempt) {
      sent.push({ at: clock.monotonic(), probe: name, address, attempt });
      return send(address, attempt);
    },
    close: () => undefined,
  });
  const run = (signal = new AbortController().signal) => clock.until(lane.run(signal));
  return { clock, lane, outcomes, sent, pace, probe, run };
}

/** For a probe's send: tells the lane at once that this address is alive, if so. */
const hears =
  (lane: Lane, name: string) =>
  (isAlive: boolean, address: string): Shot => {
    if (isAlive)
      queueMicrotask(() => lane.hearing.heard({ address, alive: 'yes', evidence: { probe: name, answer: 'reply' } }));
    return 'sent';
  };

describe('a lane', () => {
  test('asks the silent again after each wait, then says that they are unknown', async () => {
    const { lane, outcomes, sent, probe, run, clock } = scene();
    const alive = hears(lane, 'arp');
    lane.use(probe('arp', [150, 300, 600], (address) => alive(address === '10.0.0.99', address)));
    for (const it of [...addresses(50), '10.0.0.99']) lane.add(it);
    await run();
    assert.equal(sent.length, 151);
    outcomes.splice(0, 1);
    assert.equal(outcomes.length, 50);
    assert.ok(outcomes.every((it) => it.alive === 'unknown' && it.evidence.length === 1));
    const [first, second, third] = sent.filter((it) => it.address === '10.0.0.7').map((it) => it.at);
    assert.ok((second ?? 0) - (first ?? 0) >= 150 && (third ?? 0) - (second ?? 0) >= 300);
    assert.ok(clock.monotonic() < 1400);
  });

  test('keeps the pace, with no more than one burst above it', async () => {
    const { lane, sent, probe, run } = scene({ rate: 200 });
    lane.use(probe('arp', [10], () => 'sent'));
    for (const it of addresses(400)) lane.add(it);
    await run();
    for (const { at } of sent) {
      const within = sent.filter((it) => it.at >= at && it.at < at + 1000).length;
      assert.ok(within <= 205, `${within} in a second`);
    }
  });

  test('asks whoever was silent once more, at half the rate, when answers to others were lost', async () => {
    const { lane, outcomes, sent, probe, run } = scene();
    const alive = hears(lane, 'arp');
    // 10.0.0.0 answers its second question only; 10.0.0.1 only the very last.
    const asked = new Map<string, number>();
    lane.use(
      probe('arp', [50, 100], (address) => {
        const times = (asked.get(address) ?? 0) + 1;
        asked.set(address, times);
        return alive((address === '10.0.0.0' && times === 2) || (address === '10.0.0.1' && times === 3), address);
      }),
    );
    for (const it of addresses(100)) lane.add(it);
    await run();
    const found = outcomes.filter((it) => it.alive === 'yes').map((it) => it.address);
    assert.deepEqual(found.sort(), ['10.0.0.0', '10.0.0.1']);
    assert.equal(outcomes.length, 100);
    assert.equal(sent.length, 2 + 99 * 3);
    const last = sent.slice(-99).map((it) => it.at);
    assert.ok((last.at(-1) ?? 0) - (last[0] ?? 0) >= 98 / 0.5 - 25, 'half of the thousand a second');
  });

  test('asks nobody a second time in a lane that lost nothing, and a small one of which it knows nothing', async () => {
    for (const [size, questions] of [
      [2000, 2000],
      [500, 1000],
    ] as const) {
      const { lane, sent, probe, run } = scene({ rate: 10_000 });
      lane.use(probe('arp', [10], () => 'sent'));
      for (const it of addresses(size)) lane.add(it);
      await run();
      assert.equal(sent.length, questions);
    }
  });

  test('late answers of those who wait for the second round neither stop the lane nor keep an abort out', async () => {
    const { lane, outcomes, probe, run, clock } = scene({ rate: 10_000 });
    // Every seventh answers its last question after the waits are over.
    lane.use(
      probe('arp', [150, 300, 600], (address, attempt) => {
        if (attempt === 2 && Number(address.split('.')[3]) % 7 === 0)
          clock.after(620, () =>
            lane.hearing.heard({ address, alive: 'yes', evidence: { probe: 'arp', answer: 'reply' } }),
          );
        return 'sent';
      }),
    );
    for (const it of addresses(1000)) lane.add(it);
    await run();
    assert.equal(outcomes.length, 1000);
    assert.ok(outcomes.filter((it) => it.alive === 'yes').length > 100);
  });

  test('a probe with few places gives them back when it is through with an address', async () => {
    const { lane, outcomes, probe, run } = scene({ rate: 10_000 });
    const open = new Set<string>();
    const knock = probe('udp', [50], (address) => {
      if (open.size >= 20) return 'busy';
      open.add(address);
      return 'sent';
    });
    lane.use({ ...knock, forget: (address) => void open.delete(address) });
    for (const it of addresses(300)) lane.add(it);
    await run();
    assert.equal(outcomes.length, 300);
    assert.equal(open.size, 0);
  });

  test('a lane whose last probe has no question for an address has its second round all the same', async () => {
    const { lane, sent, probe, run } = scene();
    lane.use(probe('icmp-echo', [10, 20], () => 'sent'));
    lane.use(probe('udp', [10], () => 'nothing'));
    lane.add('10.0.0.1');
    await run();
    assert.equal(sent.filter((it) => it.probe === 'icmp-echo').length, 3);
  });

  test('an address that is forbidden by the time of the second round is not asked in it', async () => {
    let forbidden = false;
    const { lane, sent, probe, run, pace } = scene({ permits: () => !forbidden });
    lane.use(
      probe('arp', [10], () => {
        forbidden = true;
        return 'sent';
      }),
    );
    lane.add('10.0.0.1');
    await run();
    assert.equal(sent.length, 1);
    assert.ok(pace.rate >= 500);
  });

  test('a late answer counts while the second round is waited for', async () => {
    const { lane, outcomes, probe, run, clock } = scene();
    lane.use(
      probe('arp', [10], (address) => {
        clock.after(30, () =>
          lane.hearing.heard({ address, alive: 'yes', evidence: { probe: 'arp', answer: 'reply' } }),
        );
        return 'sent';
      }),
    );
    lane.use(probe('slow', [300], () => 'sent'));
    lane.add('10.0.0.1');
    await run();
    assert.equal(outcomes[0]?.alive, 'yes');
  });

  test('gives one network behind a router no more than its share', async () => {
    const { lane, sent, probe, run } = scene({ rate: 1000, share: 100 });
    const alive = hears(lane, 'icmp-echo');
    lane.use(probe('icmp-echo', [10], (address) => alive(true, address)));
    for (const it of addresses(512)) lane.add(it);
    await run();
    assert.equal(sent.length, 512);
    for (const network of ['10.0.0.', '10.0.1.']) {
      const times = sent.filter((it) => it.address.startsWith(network)).map((it) => it.at);
      const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
      assert.ok(256 / seconds <= 110, `${256 / seconds} packets a second to ${network}0`);
    }
  });

  test('asks every address once in an order that is not theirs', async () => {
    const { lane, sent, probe, run } = scene();
    const alive = hears(lane, 'arp');
    lane.use(probe('arp', [10], (address) => alive(true, address)));
    for (const it of addresses(300)) lane.add(it);
    await run();
    assert.deepEqual(sent.map((it) => it.address).sort(), addresses(300).sort());
    assert.notDeepEqual(
      sent.map((it) => it.address),
      addresses(300),
    );
  });

  test('goes on to the next probe for the silent ones only', async () => {
    const { lane, outcomes, sent, probe, run } = scene();
    const heard = (address: string) =>
      lane.hearing.heard({ address, alive: 'yes', evidence: { probe: 'icmp-echo', answer: 'reply' } });
    lane.use(
      probe('icmp-echo', [100], (address) => {
        if (address === '10.0.0.1') queueMicrotask(() => heard(address));
        return 'sent';
      }),
    );
    lane.use(probe('udp', [100], (address) => (address === '10.0.0.2' ? 'nothing' : 'sent')));
    for (const it of addresses(4)) lane.add(it);
    await run();
    assert.deepEqual(
      sent
        .filter((it) => it.probe === 'udp')
        .map((it) => it.address)
        .sort(),
      ['10.0.0.0', '10.0.0.2', '10.0.0.3'],
    );
    const of = (address: string) => outcomes.find((it) => it.address === address);
    assert.equal(of('10.0.0.1')?.alive, 'yes');
    assert.deepEqual(
      of('10.0.0.2')?.evidence.map((it) => it.probe),
      ['icmp-echo'],
    );
    assert.deepEqual(
      of('10.0.0.3')?.evidence.map((it) => it.probe),
      ['icmp-echo', 'udp'],
    );
  });

  test('puts a question back when the machine is short of something, and slows down', async () => {
    const { lane, outcomes, sent, probe, pace, run } = scene();
    lane.use(probe('arp', [10], () => (sent.length < 10 ? 'short' : 'sent')));
    for (const it of addresses(5)) lane.add(it);
    await run();
    assert.ok(pace.rate < 1000);
    assert.equal(outcomes.length, 5);
    assert.ok(outcomes.every((it) => it.evidence[0]?.answer === 'silent'));
  });

  test('repeats an attempt of which it learns afterwards that it never left', async () => {
    const { lane, outcomes, sent, probe, run } = scene();
    let failures = 3;
    lane.use(
      probe('tcp', [100], (address) => {
        if (failures-- > 0) queueMicrotask(() => lane.hearing.unsent(address));
        return 'sent';
      }),
    );
    lane.add('10.0.0.1');
    await run();
    // Three that never left, one of the first round, one of the second.
    assert.equal(sent.length, 5);
    assert.deepEqual(outcomes[0]?.evidence, [{ probe: 'tcp', answer: 'silent' }]);
  });

  test('gives up an address for which the machine stays short, and never calls that silence', async () => {
    const { lane, outcomes, probe, run } = scene();
    lane.use(probe('arp', [10], () => 'short'));
    lane.add('10.0.0.1');
    await run();
    assert.deepEqual(outcomes[0]?.evidence, [{ probe: 'arp', answer: 'local-shortage' }]);
  });

  test('asks the policy at the last moment', async () => {
    const { lane, outcomes, sent, probe, run } = scene({ permits: (address) => address !== '10.0.0.2' });
    lane.use(probe('arp', [10], () => 'sent'));
    for (const it of addresses(4)) lane.add(it);
    await run();
    assert.ok(!sent.some((it) => it.address === '10.0.0.2'));
    const outcome = outcomes.find((it) => it.address === '10.0.0.2');
    assert.deepEqual(outcome?.evidence, [{ probe: 'arp', answer: 'not-permitted' }]);
    assert.equal(outcome?.alive, 'unknown');
  });

  test('a word that proves nothing is kept and does not end the asking', async () => {
    const { lane, outcomes, probe, run } = scene();
    const evidence = { probe: 'icmp-echo', answer: 'net-unreachable' };
    lane.use(
      probe('icmp-echo', [10, 10], (address) => {
        queueMicrotask(() => lane.hearing.heard({ address, evidence }));
        return 'sent';
      }),
    );
    lane.add('10.0.0.1');
    await run();
    assert.deepEqual(
      outcomes[0]?.evidence.map((it) => it.answer),
      ['net-unreachable', 'silent'],
    );
    assert.equal(outcomes[0]?.alive, 'unknown');
  });

  test('stops with the reason of its signal', async () => {
    const { lane, probe, run, sent } = scene({ rate: 100 });
    const abort = new AbortController();
    lane.use(
      probe('arp', [10], () => {
        if (sent.length === 20) abort.abort(new Error('enough'));
        return 'sent';
      }),
    );
    for (const it of addresses(1000)) lane.add(it);
    await assert.rejects(run(abort.signal), /enough/);
    assert.ok(sent.length < 30);
  });
});

describe('the pace', () => {
  test('rises while it is used to the full, up to its cap, and halves on a shortage', async () => {
    const clock = new JumpingClock();
    const pace = new Pace(clock, { start: 1000, cap: 10_000 });
    const spend = async (ms: number) => {
      for (const end = clock.monotonic() + ms; clock.monotonic() < end; ) {
        while (pace.take());
        await clock.until(clock.sleep(2));
      }
    };
    await spend(250);
    assert.ok(pace.rate >= 4000 && pace.rate < 10_000, `doubled twice: ${pace.rate}`);
    await spend(1000);
    assert.equal(pace.rate, 10_000);
    pace.localShortage();
    pace.localShortage();
    assert.equal(pace.rate, 5000);
    await spend(250);
    assert.ok(pace.rate > 5000 && pace.rate < 10_000, `by steps from then on: ${pace.rate}`);
  });

  test('falls when a tenth of the answers is lost, stays with a way that always loses a little, and keeps a floor', async () => {
    for (const [every, slows] of [
      [25, false],
      [4, true],
    ] as const) {
      const clock = new JumpingClock();
      const pace = new Pace(clock, { start: 1000, cap: 1000 });
      for (let i = 1; i <= 4000; i++) {
        pace.answered(i % every === 0);
        await clock.until(clock.sleep(2));
        pace.take();
      }
      if (slows) assert.equal(pace.rate, 100);
      else assert.equal(pace.rate, 1000);
    }
  });

  test('several paces stay below their parent together', async () => {
    const clock = new JumpingClock();
    const parent = new Pace(clock, { start: 100, cap: 100 });
    const paces = [1, 2].map(() => new Pace(clock, { start: 1000, cap: 1000 }, parent));
    let taken = 0;
    while (clock.monotonic() < 1000) {
      for (const pace of paces) while (pace.take()) taken += 1;
      await clock.until(clock.sleep(5));
    }
    assert.ok(taken >= 90 && taken <= 105, `${taken}`);
  });

  test('those who wait for their turn get it in order', async () => {
    const clock = new JumpingClock();
    const pace = new Pace(clock, { start: 10, cap: 10 });
    const order: number[] = [];
    const signal = new AbortController().signal;
    const turns = [1, 2, 3].map((it) => pace.turn(signal).then(() => order.push(it)));
    await clock.until(Promise.all(turns));
    assert.deepEqual(order, [1, 2, 3]);
    assert.ok(clock.monotonic() >= 190);
  });
});
