/** What Linux says of its routes and neighbours in /proc/net: parsers of text, pure. */
import { endianness } from 'node:os';
import { type Address, addressFromBigInt } from 'ksocket/plugin';
import { addressOf } from '../wire/ipv4.js';
import type { CachedNeighbour, Route } from './neighbourhood.js';

// linux/route.h
const routeUp = 0x1;
const routeGateway = 0x2;
const routeReject = 0x200;
/** if_arp.h: the entry has been answered. Without it the entry is incomplete or failed. */
const arpComplete = 0x2;

/** /proc/net/route: the main table for IPv4. The hexadecimal numbers are in the byte order of the machine. */
export function parseRoutes(text: string, order: 'LE' | 'BE' = endianness()): Route[] {
  return rows(text, 1).flatMap((fields) => {
    const [name = '', destination = '', gateway = '', flagsText = '', , , metric = '', mask = ''] = fields;
    const flags = Number.parseInt(flagsText, 16);
    if (mask.length !== 8 || (flags & routeUp) === 0) return [];
    return [
      {
        interface: name,
        destination: hexadecimal(destination, order),
        prefix: ones(hexadecimal(mask, order)),
        gateway: (flags & routeGateway) === 0 ? undefined : addressOf(hexadecimal(gateway, order)),
        metric: Number(metric),
        reject: (flags & routeReject) !== 0,
      },
    ];
  });
}

/** /proc/net/ipv6_route: the next hops of default routes. Link-local ones need a zone and cannot be asked, so they are left out. */
export function parseIPv6Gateways(text: string): Address[] {
  const found = rows(text, 0).flatMap(([, prefix, , , gateway = '', , , , flags = '']) => {
    const usable = (Number.parseInt(flags, 16) & (routeUp | routeGateway | routeReject)) === (routeUp | routeGateway);
    const linkLocal = /^fe[89ab]/.test(gateway);
    if (prefix !== '00' || !usable || linkLocal || gateway.length !== 32) return [];
    return [addressFromBigInt(BigInt(`0x${gateway}`), 6)];
  });
  return [...new Set(found)];
}

/** /proc/net/arp, without entries that nobody answered. */
export function parseArpCache(text: string): CachedNeighbour[] {
  return rows(text, 1).flatMap(([address = '', , flags = '', mac = '', , name = '']) =>
    (Number.parseInt(flags, 16) & arpComplete) === 0 || mac === '00:00:00:00:00:00'
      ? []
      : [{ address, mac, interface: name }],
  );
}

function rows(text: string, skip: number): string[][] {
  return text
    .split('\n')
    .slice(skip)
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}

function hexadecimal(text: string, order: 'LE' | 'BE'): number {
  const bytes = Buffer.from(text.padStart(8, '0'), 'hex');
  return order === 'LE' ? bytes.readUInt32LE(0) : bytes.readUInt32BE(0);
}

function ones(mask: number): number {
  return Math.clz32(~mask);
}
