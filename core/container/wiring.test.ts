/** The traps of tsyringe that wiring.ts closes, each shown. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { token, Wiring, WiringError } from './wiring.js';

const a = token<{ name: string }>('a');
const b = token<{ name: string }>('b');

test('a root thing first asked for by a child outlives the child', async () => {
  const released: string[] = [];
  const root = new Wiring('root').provide(
    a,
    () => ({ name: 'a' }),
    () => released.push('a'),
  );
  const child = root.child('session');
  const first = child.get(a);
  await child.release();
  assert.deepEqual(released, []);
  assert.equal(root.get(a), first);
  await root.release();
  assert.deepEqual(released, ['a']);
});

test('what a factory made is released, newest first, all of it, even when one release throws', async () => {
  const released: string[] = [];
  const root = new Wiring('root')
    .provide(
      a,
      () => ({ name: 'a' }),
      () => released.push('a'),
    )
    .provide(
      b,
      (get) => ({ name: `b of ${get(a).name}` }),
      () => {
        released.push('b');
        throw new Error('no');
      },
    );
  assert.equal(root.get(b).name, 'b of a');
  await assert.rejects(
    root.release(),
    (error: AggregateError) => /root did not end cleanly/.test(error.message) && error.errors.length === 1,
  );
  assert.deepEqual(released, ['b', 'a']);
});

test('what was never asked for is neither made nor released', async () => {
  const root = new Wiring('root').provide(
    a,
    () => assert.fail('made'),
    () => assert.fail('released'),
  );
  await root.release();
});

test('a token provided twice is an error that names it', () => {
  assert.throws(
    () => new Wiring('root').provide(a, () => ({ name: '1' })).provide(a, () => ({ name: '2' })),
    new WiringError('a is provided twice in root'),
  );
});

test('a circle of factories is an error that shows the circle', () => {
  const root = new Wiring('root').provide(a, (get) => get(b)).provide(b, (get) => get(a));
  assert.throws(() => root.get(a), new WiringError('circle: a → b → a'));
});

test('a missing part is an error that says for whom', () => {
  const root = new Wiring('root').provide(a, (get) => get(b));
  assert.throws(() => root.get(a), new WiringError('b is not provided; a needs it'));
  assert.throws(() => root.get(b), new WiringError('b is not provided'));
});

test('a thing is made once, by whomever it is asked for', () => {
  let made = 0;
  const root = new Wiring('root').provide(a, () => ({ name: String(++made) }));
  assert.equal(root.child('1').get(a), root.child('2').get(a));
  assert.equal(made, 1);
});

test('a failed factory can be asked again', () => {
  let times = 0;
  const root = new Wiring('root').provide(a, () => {
    if (++times === 1) throw new Error('not yet');
    return { name: 'a' };
  });
  assert.throws(() => root.get(a), /not yet/);
  assert.equal(root.get(a).name, 'a');
});
