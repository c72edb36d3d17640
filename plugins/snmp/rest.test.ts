import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rest } from './rest.js';

test('An agent that is as fast as it can gets no rest, however far away it is', () => {
  const rest = new Rest();
  assert.deepEqual(
    [700, 710, 690, 850].map((took) => rest.after(took)),
    [0, 0, 0, 0],
  );
});

test('An agent that becomes slow gets a rest, which has an end', () => {
  const rest = new Rest();
  assert.deepEqual(
    [5, 100, 300, 4900, 5].map((took) => rest.after(took)),
    [0, 0, 295, 500, 0],
  );
});
