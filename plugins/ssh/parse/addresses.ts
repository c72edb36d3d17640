/** Addresses, networks and MAC addresses as Unix tools write them. */
import { type Address, AddressSet, parseRange, tryParseAddress } from 'ksocket/plugin';

/** `fe80::1%eth0` is fe80::1; a zone is not part of an address that others use. */
export function addressOf(text: string | undefined): Address | undefined {
  return text === undefined ? undefined : tryParseAddress(text.split('%', 1)[0] ?? '');
}

/** `10.0.0.7/24`, `fe80::1%en0/64` or a bare address. */
export function addressWithPrefix(text: string | undefined): { address: Address; prefix?: number } | undefined {
  const [head, length] = (text ?? '').split('/', 2);
  const address = addressOf(head);
  if (address === undefined) return undefined;
  const prefix = length !== undefined && /^\d{1,3}$/.test(length) ? Number(length) : undefined;
  return prefix !== undefined && prefix <= (address.includes(':') ? 128 : 32) ? { address, prefix } : { address };
}

/** A network in CIDR form with its length, also of a single host: `10.0.0.0/24`, `10.0.0.1/32`. */
export function networkOf(text: string): string | undefined {
  const it = addressWithPrefix(text);
  if (it === undefined) return undefined;
  const prefix = it.prefix ?? (it.address.includes(':') ? 128 : 32);
  return `${parseRange(`${it.address}/${prefix}`).text.split('/', 1)[0]}/${prefix}`;
}

/** 255.255.255.0, 0xffffff00 or ffffff00 → 24; undefined for a mask with holes. */
export function prefixOfMask(mask: string | undefined): number | undefined {
  if (mask === undefined) return undefined;
  let bits: number;
  if (/^(?:0x)?[0-9a-f]{8}$/i.test(mask)) bits = Number.parseInt(mask, 16);
  else {
    const address = tryParseAddress(mask);
    if (address === undefined || address.includes(':')) return undefined;
    bits = address.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
  }
  const ones = 32 - Math.log2(2 ** 32 - bits);
  return Number.isInteger(ones) ? ones : undefined;
}

/** `0:1b:21:aa:b:c`, `00-1B-21-AA-0B-0C` → `00:1b:21:aa:0b:0c`; undefined for anything else, and for all zeros and all ones. */
export function macOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^[0-9a-f]{1,2}(?:[:-][0-9a-f]{1,2}){5}$/i.test(text)) return undefined;
  const mac = text
    .toLowerCase()
    .split(/[:-]/)
    .map((octet) => octet.padStart(2, '0'))
    .join(':');
  return mac === '00:00:00:00:00:00' || mac === 'ff:ff:ff:ff:ff:ff' ? undefined : mac;
}

/** Loopback, unspecified, multicast, limited broadcast and link-local: nothing that a scan could visit from elsewhere. */
const unvisitable = AddressSet.parse([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '::/128',
  '::1/128',
  'fe80::/10',
  'ff00::/8',
]);

export function isVisitable(address: Address): boolean {
  return !unvisitable.has(address);
}
