/** The bookkeeping of echoes under way, against a driver that ends them when it is told to; the real one runs in windows.system.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EchoEnd, Requests } from './echo-requests.js';
import type { Handle, IpHelper } from './ip-helper.js';

function scene() {
  const due: (() => void)[] = [];
  const signalled = new Set<Handle>();
  const ends: [string, EchoEnd][] = [];
  const closed: Handle[] = [];
  const memory = new Map<bigint, Buffer>();
  let handles = 100;
  let events = 0;
  let failure = 0;
  const sent: { event: Handle; to: string; reply: bigint }[] = [];
  const helper = {
    allocate(length: number) {
      const pointer = BigInt(++handles) << 32n;
      const bytes = Buffer.alloc(length);
      memory.set(pointer, bytes);
      return { pointer, bytes, free: () => void memory.delete(pointer) };
    },
    icmp: {
      close: (handle: Handle) => void closed.push(handle),
      send(_handle: Handle, event: Handle, to: string, _data: unknown, reply: bigint) {
        if (failure === 0) sent.push({ event, to, reply });
        return failure;
      },
      parse: () => ({ replies: 0, error: 11_010 }),
      createEvent: () => ++events,
      closeEvent: (event: Handle) => void closed.push(event),
      signalled(some: readonly Handle[]) {
        assert.ok(some.length <= 64);
        const index = some.findIndex((it) => signalled.has(it));
        return index < 0 ? undefined : index;
      },
      resetEvent: (event: Handle) => void signalled.delete(event),
    },
  };
  const clock = {
    after(_ms: number, run: () => void) {
      due.push(run);
      return () => undefined;
    },
  };
  const tell = (to: string, end: EchoEnd) => void ends.push([to, end]);
  const requests = new Requests(helper as unknown as IpHelper, 7, clock, Buffer.alloc(16), tell);
  const look = () => due.shift()?.();
  const fail = (code: number) => {
    failure = code;
  };
  return { requests, sent, signalled, ends, closed, memory, due, look, fail };
}

describe('echoes under way', () => {
  test('end once each, however many end between two looks', () => {
    const { requests, sent, signalled, ends, look } = scene();
    for (let i = 0; i < 200; i++) assert.equal(requests.send(`10.0.0.${i}`, 500), 0);
    const done = sent.filter((_, i) => i % 3 === 0 || i > 190);
    for (const { event } of done) signalled.add(event);
    look();
    assert.deepEqual(ends.map(([to]) => to).sort(), done.map((it) => it.to).sort());
    look();
    assert.equal(ends.length, done.length);
  });

  test('have each its own aligned memory, and are 1,024 at most', () => {
    const { requests, sent, signalled, look } = scene();
    for (let i = 0; i < 1024; i++) assert.equal(requests.send('10.0.0.1', 500), 0);
    assert.equal(requests.send('10.0.0.1', 500), 'busy');
    assert.equal(new Set(sent.map((it) => it.reply)).size, 1024);
    assert.ok(sent.every((it) => it.reply % 16n === 0n));
    signalled.add(sent[5]?.event ?? 0);
    look();
    assert.equal(requests.send('10.0.0.2', 500), 0);
    assert.equal(sent[1024]?.reply, sent[5]?.reply);
  });

  test('keep memory and handles after close until the driver is through, and tell nothing more', () => {
    const { requests, sent, signalled, ends, closed, memory, due, look } = scene();
    requests.send('10.0.0.1', 500);
    requests.send('10.0.0.2', 500);
    requests.close();
    // No event is made for it, which nobody would close.
    assert.equal(requests.send('10.0.0.3', 500), 'busy');
    assert.equal(sent.length, 2);
    signalled.add(sent[0]?.event ?? 0);
    look();
    assert.deepEqual([memory.size, closed], [2, []]);
    signalled.add(sent[1]?.event ?? 0);
    look();
    assert.deepEqual([memory.size, closed], [0, [7, 1, 2]]);
    assert.deepEqual([ends.length, due.length], [0, 0]);
  });

  test('that could not be sent leave nothing behind', () => {
    const { requests, closed, memory, due, fail } = scene();
    fail(1231);
    assert.equal(requests.send('10.0.0.1', 500), 1231);
    assert.equal(due.length, 0);
    requests.close();
    assert.deepEqual([memory.size, closed], [0, [7, 1]]);
  });
});
