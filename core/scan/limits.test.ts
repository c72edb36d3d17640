/** Waits that end, whatever a plug-in does, and a pool that outlives its tasks. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { settled, VirtualClock } from '../../test/kit/index.js';
import { Pool } from './channel.js';
import { ending, limited, untilEnded } from './limits.js';

test('what comes too late is handed over for closing, and a failure of that is nobody’s', async () => {
  const clock = new VirtualClock();
  const unhandled: unknown[] = [];
  const hear = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', hear);
  const closed: string[] = [];
  for (const late of [
    (value: string) => void closed.push(value),
    () => Promise.reject(new Error('late')),
    () => {
      throw new Error('late');
    },
  ]) {
    let arrive: (value: string) => void = () => undefined;
    const wait = limited(
      { clock },
      new AbortController().signal,
      'test',
      () =>
        new Promise<string>((r) => {
          arrive = r;
        }),
      late,
      1,
    );
    const refused = assert.rejects(wait, { code: 'E_TIMEOUT' });
    await clock.advance(1000);
    await refused;
    arrive('session');
    await settled();
    await settled();
  }
  process.off('unhandledRejection', hear);
  assert.deepEqual(closed, ['session']);
  assert.deepEqual(unhandled, []);
});

test('an end that hangs is left behind, one that fails is heard', async () => {
  const clock = new VirtualClock();
  const hung = ending({ clock }, 'test', () => new Promise(() => {}));
  await clock.advance(2000);
  await hung;
  const heard: unknown[] = [];
  await ending(
    { clock },
    'test',
    () => {
      throw new Error('no');
    },
    (fault) => heard.push(fault),
  );
  assert.equal(heard.length, 1);
});

test('a part that does not obey its signal is left', async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const read = async () => {
    const deaf = async function* () {
      yield 1;
      await new Promise(() => {});
    };
    for await (const _ of untilEnded({ clock }, abort.signal, 'test', deaf())) abort.abort();
  };
  const ended = assert.rejects(read(), { code: 'E_CANCELLED' });
  await clock.advance(2000);
  await ended;
});

test('a task that rejects is reported, the others run, and idle comes', async () => {
  const faults: unknown[] = [];
  const pool = new Pool(2, (fault) => faults.push(fault));
  const order: number[] = [];
  for (let i = 0; i < 65_536; i++)
    pool.add(async () => {
      order.push(i);
      if (i % 1000 === 7) throw new Error(`task ${i}`);
    });
  await pool.idle();
  assert.equal(faults.length, 66);
  assert.equal(order.length, 65_536);
  assert.ok(order.every((value, i) => value === i));
});
