/** Values of varbinds, read as the MIBs mean them. Whatever has another type than its MIB says is absent. */

import { tryParseAddress } from 'ksocket/plugin';
import { ObjectType } from './library.js';

/** One object of an agent. `value` is a Buffer for OCTET STRING, Opaque and Counter64, a number, an OID or address as text, or null. */
export interface Varbind {
  readonly oid: string;
  readonly type?: number;
  readonly value?: unknown;
}

/** No name or description of a MIB is longer than 255 octets; a hostile agent’s may be 64 KiB. */
const maxTextOctets = 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** True for noSuchObject, noSuchInstance and endOfMibView (RFC 3416, section 3). */
export function isAbsent(it: Varbind | undefined): boolean {
  return it?.type === undefined || it.type >= ObjectType.NoSuchObject;
}

export function octets(it: Varbind | undefined): Buffer | undefined {
  return it?.type === ObjectType.OctetString && Buffer.isBuffer(it.value) ? it.value : undefined;
}

/**
 * An OCTET STRING as text: UTF-8 where it is valid, else Latin-1, which older agents use. Padding NULs, carriage returns
 * and the space around are cut, other control characters shown as `\x1b`. Undefined when nothing is left.
 */
export function text(it: Varbind | undefined): string | undefined {
  const bytes = octets(it);
  return bytes === undefined ? undefined : decodeText(bytes);
}

export function decodeText(bytes: Buffer): string | undefined {
  const end = bytes.indexOf(0);
  const cut = bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, maxTextOctets));
  const plain = decoded(cut, bytes.length > maxTextOctets)
    .replace(/\r\n?/g, '\n')
    .trim()
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (it) => `\\x${it.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return plain === '' ? undefined : plain;
}

function decoded(bytes: Buffer, truncated: boolean): string {
  try {
    // While streaming, an incomplete character at the end is no error: the cut may have gone through one.
    return truncated ? new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true }) : utf8.decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

export function integer(it: Varbind | undefined): number | undefined {
  return typeof it?.value === 'number' && Number.isSafeInteger(it.value) ? it.value : undefined;
}

/** An integer that cannot be negative: an index, size or count. */
export function count(it: Varbind | undefined): number | undefined {
  const value = integer(it);
  return value !== undefined && value >= 0 ? value : undefined;
}

/** A counter of 32 or 64 bits; beyond 2^53 the lowest bits are lost. */
export function counter(it: Varbind | undefined): number | undefined {
  if (it?.type !== ObjectType.Counter64) return count(it);
  const bytes = it.value;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0 || bytes.length > 9) return undefined;
  return Number(BigInt(`0x${bytes.toString('hex')}`));
}

export function oidValue(it: Varbind | undefined): string | undefined {
  return it?.type === ObjectType.OID && typeof it.value === 'string' ? it.value : undefined;
}

export function ipAddress(it: Varbind | undefined): string | undefined {
  return it?.type === ObjectType.IpAddress && typeof it.value === 'string' ? tryParseAddress(it.value) : undefined;
}

/** A MAC address as `00:11:22:aa:bb:cc`; undefined for other hardware addresses and for the all-zero one, which means none. */
export function mac(it: Varbind | undefined): string | undefined {
  const bytes = octets(it);
  if (bytes?.length !== 6 || bytes.every((byte) => byte === 0)) return undefined;
  return bytes.toString('hex').replace(/..(?!$)/g, '$&:');
}

/** The offset of a DateAndTime (SNMPv2-TC) such as `+09:00`; only its form of eleven octets has one. */
export function utcOffset(it: Varbind | undefined): string | undefined {
  const bytes = octets(it);
  if (bytes?.length !== 11) return undefined;
  const [sign, hours, minutes] = [String.fromCharCode(bytes[8]!), bytes[9]!, bytes[10]!];
  if (!'+-'.includes(sign) || hours > 14 || minutes > 59) return undefined;
  return `${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

/**
 * A DateAndTime (SNMPv2-TC) in UTC. The form of eight octets has no offset and is taken for UTC, which may be wrong by the
 * device's time zone. Undefined for a date that no calendar has, such as the zeros of an unset clock.
 */
export function dateTime(it: Varbind | undefined): string | undefined {
  const bytes = octets(it);
  if (bytes === undefined || (bytes.length !== 8 && bytes.length !== 11)) return undefined;
  const year = bytes.readUInt16BE(0);
  const [month, day, hours, minutes, seconds] = bytes.subarray(2, 7) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month - 1, day, hours, minutes, Math.min(seconds, 59)));
  if (year < 1980 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || date.getUTCHours() !== hours)
    return undefined;
  const offset = utcOffset(it);
  const shift = offset === undefined ? 0 : (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4))) * 60_000;
  return new Date(date.getTime() - (offset?.startsWith('-') ? -shift : shift)).toISOString().replace('.000Z', 'Z');
}
