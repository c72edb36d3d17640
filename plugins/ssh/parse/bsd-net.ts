/** Neighbours and routes of the BSDs and macOS: `arp -an` and `netstat -rn`. */
import { addressOf, macOf, networkOf } from './addresses.js';
import { defaultRoute, type NeighbourEntry, type Route } from './ip.js';
import { linesOf, wordsOf } from './text.js';

/** `? (192.0.2.1) at 0:1b:21:aa:b:c on en0 ifscope [ethernet]`; `(incomplete)` has no MAC address and drops out. */
export function bsdArp(text: string): NeighbourEntry[] {
  const entries: NeighbourEntry[] = [];
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    const address = words[1]?.startsWith('(') ? addressOf(words[1].slice(1, -1)) : undefined;
    const mac = words[2] === 'at' ? macOf(words[3]) : undefined;
    const on = words.indexOf('on');
    if (address && mac) entries.push({ address, mac, interface: on < 0 ? undefined : words[on + 1] });
    // OpenBSD prints a table: `192.0.2.1  00:1b:21:aa:0b:0c  em0 19m58s`.
    const plain = addressOf(words[0]);
    const second = macOf(words[1]);
    if (plain && second) entries.push({ address: plain, mac: second, interface: words[2] });
  }
  return entries;
}

/**
 * Columns `Destination Gateway Flags … Netif`, found by their head, one table for each family. Solaris and HP-UX, whose last column
 * is called Interface, leave out the masks: what they tell of networks is a default route and no more.
 */
export function bsdRoutes(text: string): Route[] {
  const routes: Route[] = [];
  let family: 4 | 6 = 4;
  let netif = -1;
  let masks = true;
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    const [first = '', gateway, flags = ''] = words;
    if (/^Internet6:|Internet v6|Table: IPv6/.test(line)) family = 6;
    else if (/^Internet:|\(Internet\)|Table: IPv4/.test(line)) family = 4;
    else if (first.startsWith('Destination')) {
      netif = words.findIndex((word) => ['Netif', 'If', 'Interface', 'Iface'].includes(word));
      masks = words[netif] !== 'Interface';
    } else if (/^[A-Za-z]*U/.test(flags) && !flags.includes('B') && !flags.includes('R')) {
      const isDefault = first === 'default';
      if (!masks && !isDefault && !flags.includes('H')) continue;
      const destination = isDefault ? defaultRoute(family) : networkOf(classful(first, family));
      const device = netif < 0 ? undefined : words[netif];
      if (destination === undefined) continue;
      routes.push({ destination, gateway: addressOf(gateway), interface: device });
    }
  }
  return routes;
}

/** macOS writes 10/8 as `10`, 192.168.1.0/24 as `192.168.1`, and `192.168.1/25`. */
function classful(text: string, family: 4 | 6): string {
  if (family === 6) return text.replace(/%[^/]*/, '');
  const [head = '', length] = text.split('/', 2);
  const octets = head.split('.');
  if (octets.length > 4) return text;
  const prefix = length ?? String(octets.length * 8);
  return `${[...octets, '0', '0', '0'].slice(0, 4).join('.')}/${prefix}`;
}
