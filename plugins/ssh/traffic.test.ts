/** What a connection may bring, counted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Traffic } from './traffic.js';

const kib = 1024;
const mib = 1024 * kib;

function loggedIn(): Traffic {
  const traffic = new Traffic('log in to 10.0.0.1:22 as john');
  assert.equal(traffic.received(64 * kib, 0), undefined);
  traffic.loggedIn();
  return traffic;
}

test('data of channels may come until the bound of a connection, whatever the packets around it take', () => {
  const traffic = loggedIn();
  for (let received = 0; received < 127 * mib; received += mib) {
    traffic.delivered((mib * 3) / 4);
    assert.equal(traffic.received(mib, 0), undefined);
  }
  assert.match(traffic.received(2 * mib, 0)?.message ?? '', /sends without end$/);
});

test('a device that sends each character in a packet of its own may tell what such devices have to tell', () => {
  const traffic = loggedIn();
  for (let characters = 0; characters < 64 * kib; characters += 1) {
    traffic.delivered(1);
    assert.equal(traffic.received(68, 0), undefined);
  }
});

test('four mebibytes that are no data are too many, and more where there is much data', () => {
  const silent = loggedIn();
  assert.equal(silent.received(4 * mib, 0), undefined);
  assert.match(silent.received(1, 0)?.message ?? '', /what nobody asked for/);
  const talking = loggedIn();
  talking.delivered(mib);
  assert.equal(talking.received(21 * mib, 0), undefined);
  assert.equal(talking.received(1, 0)?.code, 'E_LIMIT');
  const loud = loggedIn();
  loud.delivered(64 * mib);
  assert.equal(loud.received(96 * mib, 0), undefined);
  assert.equal(loud.received(1, 0)?.code, 'E_LIMIT');
});

test('answers that the host does not take are kept up to a bound', () => {
  const traffic = loggedIn();
  assert.equal(traffic.received(1, 16 * mib), undefined);
  assert.match(traffic.received(1, 16 * mib + 1)?.message ?? '', /does not take what it asks for/);
});
