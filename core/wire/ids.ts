/** The names of things in the protocol, and the constants of version 1. */
import { z } from 'zod';

export const subprotocol = 'ksocket.v1';
export const protocolVersion = 1;

/** One frame on the wire, in bytes of UTF-8. Larger messages close the link with 4413. */
export const maxFrameBytes = 1024 * 1024;

/** 128 random bits as 32 hexadecimal digits: an installation (`instance`) or a process (`boot`). */
export const randomId = z.string().regex(/^[0-9a-f]{32}$/);
/** UUID version 7 (RFC 9562), so that ids sort by the time they were made. */
export const opId = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
/** A number that only grows; JSON carries it exactly. */
export const sequence = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** SHA-256 in hexadecimal. */
export const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** Every way in which one side closes the link on purpose. RFC 6455 leaves 4000–4999 to applications. */
export const closeCodes = {
  replaced: 4001,
  protocol: 4400,
  auth: 4401,
  disabled: 4403,
  timeout: 4408,
  busy: 4409,
  clone: 4410,
  tooLarge: 4413,
  version: 4426,
  rate: 4429,
  maintenance: 4503,
} as const;

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes];

/** RFC 6455, 5.5: a control frame carries 125 bytes, two of which are the close code. */
const maxReasonBytes = 123;

/** A text as the reason of a close: cut by bytes, between letters. A longer one would make the socket throw. */
export function closeReason(text: string): string {
  const bytes = new Uint8Array(maxReasonBytes);
  // encodeInto stops before a letter that has no room.
  const { written } = new TextEncoder().encodeInto(text, bytes);
  return new TextDecoder().decode(bytes.subarray(0, written));
}

/** Builds a UUIDv7 from a time in milliseconds and ten random bytes. */
export function uuidv7(nowMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  let time = nowMs;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
