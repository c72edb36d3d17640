/**
 * Programs of the classic BPF (bpf(4), linux/filter.h) that keep foreign packets from waking the process. Pure.
 */
import { macBytes } from '../wire/arp.js';
import {
  advertisementType,
  etherTypeIPv6,
  icmpv6Offset,
  icmpv6Protocol,
  nextHeaderOffset,
} from '../wire/neighbour-discovery.js';

// linux/bpf_common.h: LD|ABS with its widths, JMP|JEQ|K, RET|K.
const load = { 4: 0x20, 2: 0x28, 1: 0x30 } as const;
/** LDX|B|MSH: four times the lower half of a byte, the length of an IPv4 header. LD|H|IND: from there on. */
const loadHeaderLength = 0xb1;
const loadIndirect2 = 0x48;
const jumpIfEqual = 0x15;
const giveBack = 0x06;
const wholePacket = 0xffff_ffff;

interface Condition {
  readonly at: number;
  readonly width: 1 | 2 | 4;
  readonly value: number;
}

/** Frames with an advertisement of neighbour discovery to this station. */
export function advertisementsTo(mac: string): Buffer {
  const bytes = macBytes(mac);
  return program([
    { at: 12, width: 2, value: etherTypeIPv6 },
    { at: nextHeaderOffset, width: 1, value: icmpv6Protocol },
    { at: icmpv6Offset, width: 1, value: advertisementType },
    { at: 0, width: 4, value: bytes.readUInt32BE(0) },
    { at: 4, width: 2, value: bytes.readUInt16BE(4) },
  ]);
}

/**
 * TCP segments to this port, as a raw socket sees them: behind the IP header of any length for IPv4, without one for IPv6.
 */
export function tcpTo(port: number, family: 4 | 6): Buffer {
  const read: Instruction[] =
    family === 6
      ? [[load[2], 0, 0, 2]]
      : [
          [loadHeaderLength, 0, 0, 0],
          [loadIndirect2, 0, 0, 2],
        ];
  return encode([...read, [jumpIfEqual, 0, 1, port], [giveBack, 0, 0, wholePacket], [giveBack, 0, 0, 0]]);
}

/** "Load this, go on if it equals that." A packet too short for a load is dropped by the kernel. */
function program(conditions: readonly Condition[]): Buffer {
  const instructions: Instruction[] = [];
  for (const [i, { at, width, value }] of conditions.entries()) {
    // When it differs: over the further conditions and the acceptance.
    const toTheEnd = (conditions.length - i - 1) * 2 + 1;
    instructions.push([load[width], 0, 0, at], [jumpIfEqual, 0, toTheEnd, value]);
  }
  return encode([...instructions, [giveBack, 0, 0, wholePacket], [giveBack, 0, 0, 0]]);
}

/** struct sock_filter: code, jump when true, jump when false, operand. */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

function encode(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(instructions.length * 8);
  for (const [i, [code, ifTrue, ifFalse, operand]] of instructions.entries()) {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(ifTrue, i * 8 + 2);
    bytes.writeUInt8(ifFalse, i * 8 + 3);
    bytes.writeUInt32LE(operand, i * 8 + 4);
  }
  return bytes;
}
