import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advertisementsTo, tcpTo } from './filter.js';

/** The instructions as tcpdump -d prints their numbers: code, jump when true, jump when false, operand. */
function instructions(program: Buffer): number[][] {
  assert.equal(program.length % 8, 0);
  return Array.from({ length: program.length / 8 }, (_, i) => {
    const at = program.subarray(i * 8);
    return [at.readUInt16LE(0), at.readUInt8(2), at.readUInt8(3), at.readUInt32LE(4)];
  });
}

/** What the kernel would do with a packet: the few instructions that are used, with its rule that a load over the end drops. */
function accepts(program: Buffer, packet: Buffer): boolean {
  const list = instructions(program);
  let [accumulator, index] = [0, 0];
  for (let i = 0; i < list.length; i++) {
    const [code = 0, ifTrue = 0, ifFalse = 0, operand = 0] = list[i] ?? [];
    if (code === 0x06) return operand > 0;
    if (code === 0x15) {
      i += accumulator === operand ? ifTrue : ifFalse;
      continue;
    }
    const width = code === 0x20 ? 4 : code === 0x28 || code === 0x48 ? 2 : 1;
    const at = operand + (code === 0x48 ? index : 0);
    if (at + width > packet.length) return false;
    if (code === 0xb1) index = (packet.readUInt8(at) & 15) * 4;
    else accumulator = packet.readUIntBE(at, width);
  }
  throw new Error('the program has no end');
}

describe('packet filters', () => {
  test('advertisements to one station pass, and nothing else', () => {
    const program = advertisementsTo('02:00:00:00:00:01');
    const frame = Buffer.alloc(86);
    frame.write('02000000000102000000000986dd', 0, 'hex');
    frame.writeUInt8(58, 20);
    frame.writeUInt8(136, 54);
    assert.ok(accepts(program, frame));
    for (const at of [0, 5, 12, 20, 54]) {
      const other = Buffer.from(frame);
      other.writeUInt8((other.readUInt8(at) + 1) & 255, at);
      assert.ok(!accepts(program, other), `byte ${at}`);
    }
    assert.ok(!accepts(program, frame.subarray(0, 54)));
  });

  test('segments to one port pass, behind IP options too', () => {
    assert.deepEqual(instructions(tcpTo(443, 4)), [
      [0xb1, 0, 0, 0],
      [0x48, 0, 0, 2],
      [0x15, 0, 1, 443],
      [0x06, 0, 0, 0xffffffff],
      [0x06, 0, 0, 0],
    ]);
    for (const words of [5, 6, 15]) {
      const packet = Buffer.alloc(words * 4 + 20);
      packet.writeUInt8(0x40 | words, 0);
      packet.writeUInt16BE(443, words * 4 + 2);
      assert.ok(accepts(tcpTo(443, 4), packet));
      assert.ok(!accepts(tcpTo(444, 4), packet));
      assert.ok(!accepts(tcpTo(443, 4), packet.subarray(0, words * 4 + 3)));
    }
    const segment = Buffer.from('01bb01bc', 'hex');
    assert.ok(accepts(tcpTo(444, 6), segment) && !accepts(tcpTo(443, 6), segment));
  });
});
