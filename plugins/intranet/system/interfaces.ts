/** The interfaces of this machine: their addresses, and what their links can carry. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type Address, tryParseAddress } from 'ksocket/plugin';
import { numberOf } from '../wire/ipv4.js';
import type { Route } from './neighbourhood.js';

export interface InterfaceAddress {
  readonly interface: string;
  readonly address: Address;
  readonly family: 4 | 6;
  readonly prefix: number;
  readonly mac: string;
}

// linux/if.h and linux/if_arp.h
const flagUp = 0x1;
const flagNoArp = 0x80;
const etherType = '1';
const noMac = '00:00:00:00:00:00';

export function ownInterfaces(): InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([label, list]) =>
    (list ?? []).flatMap((it) => {
      const address = tryParseAddress(it.address);
      if (address === undefined) return [];
      return [
        {
          // `eth0:1` is a label of an address of eth0, not a link.
          interface: label.split(':')[0] ?? label,
          address,
          family: it.family === 'IPv4' ? (4 as const) : (6 as const),
          prefix: Number(it.cidr?.split('/')[1] ?? (it.family === 'IPv4' ? 32 : 128)),
          mac: it.mac,
        },
      ];
    }),
  );
}

/** Routes as far as the addresses themselves tell them, with a default route, for systems whose table is not read. */
export function connectedRoutes(addresses: readonly InterfaceAddress[]): Route[] {
  const onLink = addresses
    .filter((it) => it.family === 4)
    .map((it) => ({
      interface: it.interface,
      destination: it.prefix === 0 ? 0 : (numberOf(it.address) & (-1 << (32 - it.prefix))) >>> 0,
      prefix: it.prefix,
      gateway: undefined,
      metric: 0,
      reject: false,
    }));
  return [...onLink, { interface: '', destination: 0, prefix: 0, gateway: '0.0.0.0', metric: 0, reject: false }];
}

/** Does this link speak ARP: Ethernet or what looks like it, and not switched off? */
export function speaksArp(name: string, mac: string, platform: NodeJS.Platform = process.platform): boolean {
  if (mac === noMac) return false;
  if (platform !== 'linux') return true;
  const flags = Number(kernelFile(name, 'flags') ?? 0);
  return kernelFile(name, 'type') === etherType && (flags & flagNoArp) === 0;
}

/** `gone` when there is no such interface any more, `down` when it is switched off or its cable is out. */
export function linkState(name: string, platform: NodeJS.Platform = process.platform): 'up' | 'down' | 'gone' {
  if (platform !== 'linux') return ownInterfaces().some((it) => it.interface === name) ? 'up' : 'gone';
  const flags = kernelFile(name, 'flags');
  if (flags === undefined) return 'gone';
  return (Number(flags) & flagUp) === 0 || kernelFile(name, 'carrier') === '0' ? 'down' : 'up';
}

/** The MAC address of a link of Linux, also of one that has no IP address. */
export function macOf(name: string): string | undefined {
  return name === '' ? undefined : kernelFile(name, 'address');
}

/** A few bytes that the kernel makes up on the spot: reading them blocks nobody. */
function kernelFile(name: string, file: string): string | undefined {
  try {
    return readFileSync(`/sys/class/net/${name}/${file}`, 'latin1').trim();
  } catch {
    return undefined;
  }
}
