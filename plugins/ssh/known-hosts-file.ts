/**
 * The lines of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): places, key, marker; and which of them are about a
 * host. A host behind hops is written with its way, `10.10.0.1>[192.168.0.10]:22`: the same private address behind another hop
 * is another host. To OpenSSH’s tools that is a name like any other (HostKeyAlias in ssh_config(5)).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Address, tryParseAddress } from 'ksocket/plugin';
import type { KnownKey } from './known-hosts.js';

/** Where a host is met. */
export interface Place {
  readonly address: Address;
  readonly port: number;
  /** The hops that lead to it, the nearest to the agent first. */
  readonly via: readonly Address[];
}

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
export function placesOf({ address, port, via }: Place): [named: string, ...others: string[]] {
  const way = via.map((hop) => `${hop}>`).join('');
  const named = `${way}[${address}]:${port}`;
  return port === 22 ? [named, `${way}${address}`] : [named];
}

export const isHashed = (place: string): boolean => place.startsWith('|1|');

/** `|1|salt|hash`: HMAC-SHA1 of the place under the salt, both in base64 (HashKnownHosts in ssh_config(5)). */
export function isHashOf(hashed: string, place: string): boolean {
  const [, , salt = '', hash = ''] = hashed.split('|');
  const expected = Buffer.from(hash, 'base64');
  const made = createHmac('sha1', Buffer.from(salt, 'base64')).update(place).digest();
  return expected.length === made.length && timingSafeEqual(expected, made);
}

/** The host of a place that is no hash; its parts are as they stand there, addresses or not. */
export function placeOf(text: string): Place {
  const way = text.split('>');
  const last = way.pop() ?? '';
  const [, inner, port] = /^\[([^\]]+)\]:(\d{1,5})$/.exec(last) ?? [];
  return inner === undefined ? { address: last, port: 22, via: way } : { address: inner, port: Number(port), via: way };
}

/** The same, as the agent writes it; undefined for names and patterns, which it never asks for. */
export function usualPlace(text: string): string | undefined {
  if (isHashed(text)) return text;
  const { address, port, via } = placeOf(text);
  const usual = tryParseAddress(address);
  const hops = via.map((hop) => tryParseAddress(hop));
  if (usual === undefined || hops.includes(undefined)) return undefined;
  const [named, short] = placesOf({ address: usual, port, via: hops as Address[] });
  return short ?? named;
}

/**
 * Is it no address, but a name, a pattern (`*`), or a hash, which may be one of a name? The agent asks for no names, so a key that is
 * revoked there is revoked for every host: whoever has a stolen key shows it where they like.
 */
export const countsEverywhere = (place: string): boolean => isHashed(place) || usualPlace(place) === undefined;

/** Is this place about the address, whatever the way? Without a port any port is meant; of hashed ones 22, and no hops. */
export function isAbout(place: string, address: Address, port: number | undefined): boolean {
  if (isHashed(place)) return isAt(place, { address, port: port ?? 22, via: [] });
  const it = placeOf(place);
  return it.address === address && (port === undefined || it.port === port);
}

/** Is it exactly this host on this way? */
export const isAt = (text: string, place: Place): boolean =>
  placesOf(place).some((it) => (isHashed(text) ? isHashOf(text, it) : text === it));
