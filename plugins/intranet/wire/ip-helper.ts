/**
 * The structures that Windows' IP Helper fills in, as their pages on learn.microsoft.com lay them out: parsers, pure. Numbers are
 * little-endian; an IPAddr or in_addr holds its four bytes in the order of the network.
 */
import type { Address } from 'ksocket/plugin';
import { macText } from './arp.js';
import { numberOf, readIPv4, writeIPv4 } from './ipv4.js';

/** A row of MIB_IPFORWARDTABLE. */
export interface ForwardRow {
  readonly destination: number;
  readonly prefix: number;
  /** Undefined for a direct route. */
  readonly gateway: Address | undefined;
  readonly interfaceIndex: number;
  readonly metric: number;
}

/** A row of MIB_IPNETTABLE that a station has answered for. */
export interface NetRow {
  readonly address: Address;
  readonly mac: string;
  readonly interfaceIndex: number;
}

const forwardRowLength = 56;
const forwardInvalid = 2;
const forwardIndirect = 4;

/**
 * "MIB_IPFORWARDTABLE structure (ipmib.h)" and "MIB_IPFORWARDROW": dwNumEntries, then rows of 14 DWORDs: dwForwardDest, dwForwardMask,
 * dwForwardPolicy, dwForwardNextHop, dwForwardIfIndex, dwForwardType, dwForwardProto, dwForwardAge, dwForwardNextHopAS,
 * dwForwardMetric1 to 5. Since Vista dwForwardMetric1 has the metric of the interface added already. Of a direct route the next hop
 * says nothing: Windows writes 0.0.0.0 there, wine the address of the interface.
 */
export function readForwardTable(table: Buffer): ForwardRow[] {
  return rowsOf(table, forwardRowLength).flatMap((row) => {
    const type = row.readUInt32LE(20);
    if (type === forwardInvalid) return [];
    const nextHop = row.readUInt32BE(12);
    return [
      {
        destination: row.readUInt32BE(0),
        prefix: Math.clz32(~row.readUInt32BE(4)),
        gateway: type === forwardIndirect && nextHop !== 0 ? readIPv4(row, 12) : undefined,
        interfaceIndex: row.readUInt32LE(16),
        metric: row.readUInt32LE(36),
      },
    ];
  });
}

const netRowLength = 24;
const netInvalid = 2;
const macLength = 6;

/**
 * "MIB_IPNETTABLE structure (ipmib.h)" and "MIB_IPNETROW_LH": dwNumEntries, then rows of dwIndex, dwPhysAddrLen, bPhysAddr[8],
 * dwAddr, dwType (2 is invalid, 3 dynamic, 4 static). What nobody answered for is invalid, or has zeros for its address; the static
 * rows that Windows makes for multicast and broadcast have the group bit set.
 */
export function readNetTable(table: Buffer): NetRow[] {
  return rowsOf(table, netRowLength).flatMap((row) => {
    const mac = row.subarray(8, 8 + macLength);
    const isStation = row.readUInt32LE(4) === macLength && isStationMac(mac);
    if (!isStation || row.readUInt32LE(20) === netInvalid) return [];
    return [{ address: readIPv4(row, 16), mac: macText(mac), interfaceIndex: row.readUInt32LE(0) }];
  });
}

function rowsOf(table: Buffer, rowLength: number): Buffer[] {
  if (table.length < 4) return [];
  // Never past what was handed over, whatever the count says.
  const count = Math.min(table.readUInt32LE(0), Math.floor((table.length - 4) / rowLength));
  return Array.from({ length: count }, (_, i) => table.subarray(4 + i * rowLength, 4 + (i + 1) * rowLength));
}

function isStationMac(mac: Buffer): boolean {
  return ((mac[0] ?? 0) & 1) === 0 && !mac.every((byte) => byte === 0);
}

/**
 * sizeof(ICMP_ECHO_REPLY) is 40 on 64-bit Windows. "IcmpSendEcho2 function (icmpapi.h)" wants room for one of them, the data of the request,
 * 8 bytes of an ICMP error and an IO_STATUS_BLOCK (16 bytes).
 */
export const echoReplyLength = 40;
export const echoReplyExtra = 8 + 16;

/** IP_STATUS codes, from "ICMP_ECHO_REPLY structure (ipexport.h)", that mean an ICMP unreachable, in the words of wire/icmp.ts. */
const unreachables: Record<number, string> = {
  11002: 'net-unreachable',
  11003: 'host-unreachable',
  11004: 'protocol-unreachable',
  11005: 'port-unreachable',
};
export const ipNoResources = 11_006;
export const ipRequestTimedOut = 11_010;

export interface EchoReply {
  readonly from: Address;
  readonly kind: 'reply' | 'unreachable' | 'other';
  /** `host-unreachable`…, or `status-11013`. */
  readonly word: string;
  /** Whole milliseconds. */
  readonly rttMs: number;
}

/**
 * Address, Status, RoundTripTime: the first 12 bytes, the same in ICMP_ECHO_REPLY and in ICMP_ECHO_REPLY32, of which the pages say
 * that IcmpParseReplies leaves it on 64-bit Windows (wine leaves the former).
 */
export function readEchoReply(reply: Buffer): EchoReply {
  const status = reply.readUInt32LE(4);
  const unreachable = unreachables[status];
  return {
    from: readIPv4(reply, 0),
    kind: status === 0 ? 'reply' : unreachable === undefined ? 'other' : 'unreachable',
    word: status === 0 ? 'reply' : (unreachable ?? `status-${status}`),
    rttMs: reply.readUInt32LE(8),
  };
}

/** An IPAddr as the number that is passed by value: its bytes lie in memory in the order of the network. */
export function ipAddr(address: Address): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(numberOf(address));
  return bytes.readUInt32LE();
}

/** sizeof(MIB_IPNET_ROW2) */
export const netRow2Length = 88;
const addressFamilyInet = 2;

/**
 * "MIB_IPNET_ROW2 structure (netioapi.h)": SOCKADDR_INET Address (28 bytes: family, port, in_addr), InterfaceIndex at 28,
 * InterfaceLuid at 32, PhysicalAddress[32] at 40, PhysicalAddressLength at 72, State, Flags, ReachabilityTime.
 */
export function writeNetRow2(row: Buffer, address: Address, interfaceIndex: number): void {
  row.fill(0);
  row.writeUInt16LE(addressFamilyInet, 0);
  writeIPv4(row, 4, address);
  row.writeUInt32LE(interfaceIndex, 28);
}

/** The station's address after a resolution; undefined when it is none that a station can have. */
export function readNetRow2Mac(row: Buffer): string | undefined {
  const mac = row.subarray(40, 40 + macLength);
  return row.readUInt32LE(72) === macLength && isStationMac(mac) ? macText(mac) : undefined;
}
