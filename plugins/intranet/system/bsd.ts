/** What macOS and the BSDs say of their gateway and neighbours, by the commands that read the routing socket: parsers, pure. */
import { type Address, tryParseAddress } from 'ksocket/plugin';
import type { CachedNeighbour } from './neighbourhood.js';

/** `route -n get default`: the line `gateway: 192.0.2.1`. A zone (`fe80::1%en0`) makes it no address that can be asked. */
export function parseRouteGet(text: string): Address[] {
  const line = text.split('\n').find((it) => it.trim().startsWith('gateway:'));
  const address = tryParseAddress(line?.slice(line.indexOf(':') + 1).trim() ?? '');
  return address === undefined ? [] : [address];
}

/** `arp -an`: `? (192.0.2.1) at 0:11:22:aa:b:c on en0 ifscope [ethernet]`; incomplete entries say `(incomplete)`. */
export function parseArpTable(text: string): CachedNeighbour[] {
  return text.split('\n').flatMap((line) => {
    const [, bracketed = '', at, mac = '', on, name = ''] = line.trim().split(/\s+/);
    const address = tryParseAddress(bracketed.replace(/^\(|\)$/g, ''));
    const octets = mac.split(':');
    if (address === undefined || at !== 'at' || on !== 'on' || octets.length !== 6) return [];
    if (!octets.every((octet) => /^[0-9a-f]{1,2}$/i.test(octet))) return [];
    return [{ address, mac: octets.map((octet) => octet.toLowerCase().padStart(2, '0')).join(':'), interface: name }];
  });
}
