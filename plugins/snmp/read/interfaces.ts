/** IF-MIB (RFC 2863): ifTable, ifXTable and, for the duplex mode, EtherLike-MIB (RFC 3635) share their index: one walk. */
import type { NetworkInterface } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { Table } from '../table.js';
import { interfaceType } from '../tables.js';
import { count, integer, mac, text } from '../value.js';
import type { Read } from './addresses.js';
import { only } from './system.js';

const columns = [
  '1.3.6.1.2.1.2.2.1.2', // ifDescr
  '1.3.6.1.2.1.2.2.1.3', // ifType
  '1.3.6.1.2.1.2.2.1.4', // ifMtu
  '1.3.6.1.2.1.2.2.1.5', // ifSpeed
  '1.3.6.1.2.1.2.2.1.6', // ifPhysAddress
  '1.3.6.1.2.1.2.2.1.7', // ifAdminStatus
  '1.3.6.1.2.1.2.2.1.8', // ifOperStatus
  '1.3.6.1.2.1.31.1.1.1.1', // ifName
  '1.3.6.1.2.1.31.1.1.1.15', // ifHighSpeed
  '1.3.6.1.2.1.31.1.1.1.17', // ifConnectorPresent
  '1.3.6.1.2.1.31.1.1.1.18', // ifAlias
  '1.3.6.1.2.1.10.7.2.1.19', // dot3StatsDuplexStatus
];

/** A broadband gateway has one interface a subscriber; beyond this they are no inventory. */
const mostInterfaces = 10_000;
/** ifSpeed stands at its maximum for everything of 4.3 Gbit/s and above. */
const ifSpeedLimit = 2 ** 32 - 1;
/** ethernetCsmacd, fastEther, fastEtherFX, gigabitEthernet, ieee80211. */
const lanTypes = new Set([6, 62, 69, 117, 71]);

export interface InterfaceRow {
  readonly index: number;
  readonly name: string;
  /** IANAifType by its number. */
  readonly type: number | undefined;
  readonly interface: NetworkInterface;
  /** A port of a LAN, as far as its type says. */
  readonly isLan: boolean;
  /** The MAC address, when it is plausibly burnt in: of a physical LAN port, and not locally administered. */
  readonly burntIn: string | undefined;
}

/** @throws Failure when the agent is gone */
export async function readInterfaces(agent: Agent): Promise<Read<InterfaceRow>> {
  const table = new Table(agent, columns, mostInterfaces);
  const items: InterfaceRow[] = [];
  for await (const row of table.rows()) {
    const [descr, type, mtu, speed, physical, admin, oper, ifName, highSpeed, connector, alias, duplex] = row.cells;
    const index = Number(row.index);
    const name = text(ifName) ?? text(descr);
    if (!Number.isSafeInteger(index) || name === undefined) continue;
    const address = mac(physical);
    const isLan = lanTypes.has(integer(type) ?? 0);
    // TruthValue: true(1), false(2).
    const isBurntIn = isLan && integer(connector) !== 2 && address !== undefined && isUniversal(address);
    items.push({
      index,
      name,
      type: integer(type),
      isLan,
      interface: {
        name,
        index,
        ...only('alias', text(alias)),
        ...only('type', interfaceType(integer(type))),
        ...only('mac', address),
        ...only('mtu', count(mtu)),
        ...only('speedMbps', speedMbps(count(speed), count(highSpeed))),
        ...only('duplex', duplexMode(integer(duplex))),
        ...only('admin', adminStatus(integer(admin))),
        ...only('link', operStatus(integer(oper))),
      },
      burntIn: isBurntIn ? address : undefined,
    });
  }
  return { items, end: table.end };
}

/**
 * Given by the maker: neither multicast nor locally administered (the two lowest bits), nor a virtual router’s: VRRP
 * (RFC 5798), HSRP and GLBP have addresses of their own.
 */
export function isUniversal(address: string): boolean {
  return /^.[048c]/.test(address) && !virtualRouters.some((it) => address.startsWith(it));
}

const virtualRouters = [
  '00:00:5e:00:01:',
  '00:00:5e:00:02:',
  '00:00:0c:07:ac:',
  '00:00:0c:9f:f',
  '00:05:73:a0:0',
  '00:07:b4:00:',
];

function speedMbps(ifSpeed: number | undefined, ifHighSpeed: number | undefined): number | undefined {
  if (ifHighSpeed) return ifHighSpeed;
  return ifSpeed && ifSpeed < ifSpeedLimit ? ifSpeed / 1_000_000 : undefined;
}

/** unknown(1), halfDuplex(2), fullDuplex(3) */
function duplexMode(value: number | undefined): 'half' | 'full' | undefined {
  return value === 2 ? 'half' : value === 3 ? 'full' : undefined;
}

/** up(1), down(2), testing(3) */
function adminStatus(value: number | undefined): 'up' | 'down' | undefined {
  return value === 1 ? 'up' : value === 2 ? 'down' : undefined;
}

/** up(1), down(2), testing(3), unknown(4), dormant(5), notPresent(6), lowerLayerDown(7) */
function operStatus(value: number | undefined): 'up' | 'down' | undefined {
  if (value === 1) return 'up';
  return value === 2 || value === 6 || value === 7 ? 'down' : undefined;
}
