import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { healthy, Names, type Reverse } from './names.js';
import { groups, services, untouchable } from './ports.js';
import { JumpingClock } from './testing/clock.js';

const failed = (code: string) => Object.assign(new Error(code), { code });

function resolver(answer: (address: string) => Promise<string[]>): Reverse & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    cancel: () => undefined,
    reverse: (address) => {
      asked.push(address);
      return answer(address);
    },
  };
}

describe('names', () => {
  test('are told with their source, without what cannot be a name', async () => {
    const clock = new JumpingClock();
    const names = new Names(
      clock,
      healthy(),
      resolver(async () => ['web.example.com', '<b>', 'x'.repeat(300)]),
    );
    assert.deepEqual(await clock.until(names.of('192.0.2.1')), [{ name: 'web.example.com', source: 'dns' }]);
  });

  test('an address without a name has none, however often', async () => {
    const clock = new JumpingClock();
    const none = resolver(() => Promise.reject(failed('ENOTFOUND')));
    const names = new Names(clock, healthy(), none);
    for (let i = 0; i < 10; i++) assert.deepEqual(await clock.until(names.of(`192.0.2.${i}`)), []);
    assert.equal(none.asked.length, 10);
  });

  test('a resolver that stays silent is given up after three, for a minute', async () => {
    const clock = new JumpingClock();
    const silent = resolver(() => new Promise(() => undefined));
    const health = healthy();
    const names = new Names(clock, health, silent);
    for (let i = 0; i < 10; i++) await clock.until(names.of(`192.0.2.${i}`));
    assert.equal(silent.asked.length, 3);
    assert.ok(clock.monotonic() <= 6100);
    await clock.until(clock.sleep(61_000));
    await clock.until(new Names(clock, health, silent).of('192.0.2.99'));
    assert.equal(silent.asked.length, 4);
  });

  test('no more than twenty are asked at once', async () => {
    const clock = new JumpingClock();
    let open = 0;
    let most = 0;
    const slow = resolver(async () => {
      most = Math.max(most, ++open);
      await clock.sleep(10);
      open -= 1;
      return [];
    });
    const names = new Names(clock, healthy(), slow);
    await clock.until(Promise.all(Array.from({ length: 100 }, (_, i) => names.of(`192.0.2.${i}`))));
    assert.equal(most, 20);
  });
});

describe('ports', () => {
  test('printers and plants are never touched, and the groups cover the services', () => {
    assert.ok(services.every((it) => !untouchable.has(it.port)));
    assert.deepEqual(groups.flat().sort(), services.map((it) => it.port).sort());
  });
});
