/** The lines of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): places, key, marker; and which of them are about an address. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Address } from 'ksocket/plugin';
import type { KnownKey } from './known-hosts.js';

export interface KnownHostsEntry {
  /** As it stands in the file. */
  readonly line: string;
  /** `192.0.2.1`, `[192.0.2.1]:2222`, or `|1|salt|hash`. */
  readonly places: readonly string[];
  /** Undefined for a comment, a certificate authority (they are not used), or nonsense. */
  readonly key: KnownKey | undefined;
  readonly marker: string | undefined;
}

export function linesOf(text: string): KnownHostsEntry[] {
  return text.split('\n').map((line) => {
    const words = line.trim().split(/[ \t]+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [places = '', type = '', blob = ''] = words;
    const usable = blob !== '' && !places.startsWith('#') && (marker === undefined || marker === '@revoked');
    const key = usable ? { type, blob, revoked: marker === '@revoked' } : undefined;
    return { line, marker, places: key === undefined ? [] : places.split(','), key };
  });
}

/** How a host may be written: OpenSSH leaves the brackets out on port 22; both ways of writing are the same host. */
export function placesOf(address: Address, port: number): string[] {
  return port === 22 ? [`[${address}]:22`, address] : [`[${address}]:${port}`];
}

export const isHashed = (place: string): boolean => place.startsWith('|1|');

/** `|1|salt|hash`: HMAC-SHA1 of the place under the salt, both in base64 (HashKnownHosts in ssh_config(5)). */
export function isHashOf(hashed: string, place: string): boolean {
  const [, , salt = '', hash = ''] = hashed.split('|');
  const expected = Buffer.from(hash, 'base64');
  const made = createHmac('sha1', Buffer.from(salt, 'base64')).update(place).digest();
  return expected.length === made.length && timingSafeEqual(expected, made);
}

/** The address and port of a place that is no hash. */
export function placeOf(place: string): { address: string; port: number } {
  const [, inner, port] = /^\[([^\]]+)\]:(\d+)$/.exec(place) ?? [];
  return inner === undefined ? { address: place, port: 22 } : { address: inner, port: Number(port) };
}

/** Is this place about the address? Without a port any port is meant, of hashed ones 22. */
export function isAbout(place: string, address: Address, port: number | undefined): boolean {
  if (isHashed(place)) return placesOf(address, port ?? 22).some((it) => isHashOf(place, it));
  const it = placeOf(place);
  return it.address === address && (port === undefined || it.port === port);
}
