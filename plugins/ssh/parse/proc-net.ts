/** The kernel’s own tables, for hosts without `ip` (proc(5), /proc/net/arp and /proc/net/route). */
import { addressOf, macOf, networkOf } from './addresses.js';
import type { NeighbourEntry, Route } from './ip.js';
import { linesOf, wordsOf } from './text.js';

/** ATF_COM of <linux/if_arp.h>: the entry has been answered. */
const complete = 0x2;
/** RTF_UP and RTF_REJECT of <linux/route.h>. */
const routeUp = 0x1;
const routeReject = 0x200;

/** `192.0.2.1  0x1  0x2  02:fc:00:00:00:05  *  eth0` */
export function procArp(text: string): NeighbourEntry[] {
  const entries: NeighbourEntry[] = [];
  for (const line of linesOf(text).slice(1)) {
    const [ip, , flags, hardware, , device] = wordsOf(line);
    const address = addressOf(ip);
    const mac = macOf(hardware);
    if (address && mac && Number(flags) & complete) entries.push({ address, mac, interface: device });
  }
  return entries;
}

/** `eth0  00000000  010200C0  0003  0  0  0  00000000 …`: numbers as they lie in memory, on a little-endian machine backwards. */
export function procRoutes(text: string): Route[] {
  const routes: Route[] = [];
  for (const line of linesOf(text).slice(1)) {
    const [device, destination = '', gateway = '', flags = '', , , , mask = ''] = wordsOf(line);
    const bits = Number.parseInt(flags, 16);
    // A blackhole has `*` for a device.
    if (!(bits & routeUp) || bits & routeReject || device === '*') continue;
    const network = memoryOrder(destination);
    const prefix = memoryOrder(mask)
      ?.split('.')
      .reduce((ones, octet) => ones + Number(octet).toString(2).replaceAll('0', '').length, 0);
    const cidr = network === undefined || prefix === undefined ? undefined : networkOf(`${network}/${prefix}`);
    if (cidr === undefined) continue;
    const via = memoryOrder(gateway);
    routes.push({ destination: cidr, gateway: via === '0.0.0.0' ? undefined : via, interface: device });
  }
  return routes;
}

/** Big-endian Linux with SSH is left to s390x, which has `ip`. */
function memoryOrder(hex: string): string | undefined {
  if (!/^[0-9A-F]{8}$/i.test(hex)) return undefined;
  return [3, 2, 1, 0].map((at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16)).join('.');
}
