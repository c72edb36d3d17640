/** The network interfaces of Linux, from /sys/class/net, `ip link` and `ip addr`; each knows what the others do not. */
import type { NetworkInterface } from 'ksocket/plugin';
import { macOf } from './addresses.js';
import { ipAddresses, ipLinks, type Link } from './ip.js';
import { fileLines, folderValues, given, keyValues, linesOf, present, wholeNumber } from './text.js';

/** IFF_UP of <linux/if.h>. */
const flagUp = 0x1;
/** ARPHRD_… of <linux/if_arp.h>, and what `ip link` calls them, as this project’s types. */
const hardwareTypes: Record<string, string> = {
  '1': 'ethernet',
  '32': 'infiniband',
  '512': 'ppp',
  '768': 'tunnel',
  '769': 'tunnel',
  '772': 'loopback',
  '776': 'tunnel',
  '778': 'tunnel',
  '801': 'wifi',
  '803': 'wifi',
  '823': 'tunnel',
  '65534': 'tunnel',
  ether: 'ethernet',
  loopback: 'loopback',
  ppp: 'ppp',
  infiniband: 'infiniband',
  sit: 'tunnel',
  gre: 'tunnel',
  ipip: 'tunnel',
  tunnel6: 'tunnel',
  none: 'tunnel',
};
/** DEVTYPE of the interface’s uevent, which says what an "ethernet" really is. */
const deviceTypes: Record<string, string> = {
  bond: 'bond',
  bridge: 'bridge',
  vlan: 'vlan',
  vxlan: 'tunnel',
  wireguard: 'tunnel',
  geneve: 'tunnel',
  wlan: 'wifi',
  wwan: 'wwan',
};

export interface InterfaceTexts {
  readonly sys: string | undefined;
  readonly link: string | undefined;
  readonly address: string | undefined;
  /** /proc/net/vlan/config */
  readonly vlan?: string | undefined;
}

export function linuxInterfaces(texts: InterfaceTexts): NetworkInterface[] {
  const sys = folderValues(texts.sys ?? '');
  const links = new Map(ipLinks(texts.link ?? '').map((link) => [link.name, link]));
  const addresses = new Map<string, NonNullable<NetworkInterface['addresses']>>();
  for (const { name, ...address } of ipAddresses(texts.address ?? '')) {
    const own = addresses.get(name);
    if (own) own.push(address);
    else addresses.set(name, [address]);
  }
  const stacked = stackedOn(texts);
  const names = new Set([...links.keys(), ...sys.keys(), ...addresses.keys()]);
  const interfaces = [...names].map((name): NetworkInterface => {
    const own = addresses.get(name);
    const described = { ...fromLink(links.get(name)), ...fromSys(sys.get(name)), ...stacked.get(name) };
    return { name, ...described, ...(own && { addresses: own }) };
  });
  return interfaces.sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
}

/**
 * `eth0.10 | 10 | eth0` of /proc/net/vlan/config, and the links `lower_eth0` of /sys/class/net: one below is the parent, several
 * are the members of a bridge or bond. A wireless interface has a `phy80211`.
 */
function stackedOn({ sys, vlan }: InterfaceTexts): Map<string, Described> {
  const found = new Map<string, Described>();
  const lower = new Map<string, string[]>();
  for (const path of fileLines(sys ?? '').get('exists') ?? []) {
    const [name = '', link = ''] = path.split('/');
    if (link === 'phy80211') found.set(name, { type: 'wifi' });
    else if (link.startsWith('lower_')) lower.set(name, [...(lower.get(name) ?? []), link.slice('lower_'.length)]);
  }
  const uppers = new Set((sys ?? '').match(/^[^/\n]+(?=\/master\/)/gm));
  for (const [name, [parent, ...more]] of lower) {
    // A bridge or bond with one member is not stacked on it.
    if (parent !== undefined && more.length === 0 && !uppers.has(parent))
      found.set(name, { ...found.get(name), parent });
  }
  for (const line of linesOf(vlan ?? '')) {
    const [name = '', id, parent] = line.split('|').map((it) => it.trim());
    const vlanId = wholeNumber(id);
    if (vlanId !== undefined && parent) found.set(name, { ...found.get(name), type: 'vlan', vlanId, parent });
  }
  return found;
}

type Described = Omit<Partial<NetworkInterface>, 'name' | 'addresses'>;

function fromLink(link: Link | undefined): Described | undefined {
  if (link === undefined) return undefined;
  const up = link.flags.includes('UP');
  return present({
    index: link.index,
    type: hardwareTypes[link.kind ?? ''],
    mac: link.mac,
    mtu: link.mtu,
    admin: up ? ('up' as const) : ('down' as const),
    link: link.flags.includes('LOWER_UP') ? ('up' as const) : ('down' as const),
  });
}

function fromSys(values: Map<string, string> | undefined): Described | undefined {
  const flags = values?.get('flags');
  if (values === undefined || flags === undefined) return undefined;
  // The file has a sign: a driver that does not know says -1.
  const speed = wholeNumber(values.get('speed'));
  const deviceType = keyValues(values.get('uevent') ?? '', '=').get('DEVTYPE');
  const carrier = values.get('carrier');
  const duplex = values.get('duplex');
  return present({
    index: wholeNumber(values.get('ifindex')),
    alias: given(values.get('ifalias')),
    type: values.has('tun_flags')
      ? 'tunnel'
      : (deviceTypes[deviceType ?? ''] ?? hardwareTypes[values.get('type') ?? '']),
    mac: macOf(values.get('address')),
    mtu: wholeNumber(values.get('mtu')),
    // Virtual interfaces say 0 or 10 GBit/s at will; only 0 is surely no speed.
    speedMbps: speed === 0 ? undefined : speed,
    admin: Number(flags) & flagUp ? ('up' as const) : ('down' as const),
    // The file cannot be read while the interface is administratively down; then `ip link` decides.
    duplex: duplex === 'full' || duplex === 'half' ? duplex : undefined,
    master: given(keyValues(values.get('master/uevent') ?? '', '=').get('INTERFACE')),
    link: carrier === '1' ? ('up' as const) : carrier === '0' ? ('down' as const) : undefined,
  });
}

/** NET_ADDR_PERM of <linux/netdevice.h>: the address came with the hardware. */
const permanentAddress = '0';

/**
 * MAC addresses that were burnt in: of interfaces with a device behind them, as the device has it. A member of a bond shows the
 * bond’s address, so `permaddr` of `ip link` goes first; addresses that somebody chose say nothing about the machine.
 */
export function physicalMacs(texts: InterfaceTexts): string[] {
  const links = new Map(ipLinks(texts.link ?? '').map((link) => [link.name, link]));
  const macs = new Set<string>();
  for (const [name, values] of folderValues(texts.sys ?? '')) {
    if (!values.has('device/uevent')) continue;
    const permanent = links.get(name)?.permanentMac;
    const mac =
      permanent ?? (values.get('addr_assign_type') === permanentAddress ? macOf(values.get('address')) : undefined);
    if (mac !== undefined) macs.add(mac);
  }
  return [...macs].sort();
}
