/** Socket addresses and options as the system calls take them: C structures in the byte order of the machine. Pure. */
import type { Address } from 'ksocket/plugin';
import { writeIPv4 } from '../wire/ipv4.js';
import { writeIPv6 } from '../wire/ipv6.js';

export const addressFamilies = { inet: 2, inet6: 10, netlink: 16, packet: 17 } as const;
export const socketTypes = { stream: 1, datagram: 2, raw: 3 } as const;

/** A number of the C type int, as socket options take it. */
export function nativeInt(value: number): Buffer {
  return Buffer.from(Int32Array.of(value).buffer);
}

/** struct sockaddr_in or sockaddr_in6. A link-local address of IPv6 needs the index of its link. */
export function socketAddress(address: Address, interfaceIndex = 0): Buffer {
  if (!address.includes(':')) {
    const bytes = Buffer.alloc(16);
    nativeShort(addressFamilies.inet).copy(bytes, 0);
    writeIPv4(bytes, 4, address);
    return bytes;
  }
  const bytes = Buffer.alloc(28);
  nativeShort(addressFamilies.inet6).copy(bytes, 0);
  writeIPv6(bytes, 8, address);
  nativeInt(interfaceIndex).copy(bytes, 24);
  return bytes;
}

/** struct sockaddr_ll: one interface and one EtherType. */
export function linkAddress(interfaceIndex: number, etherType: number): Buffer {
  const bytes = Buffer.alloc(20);
  nativeShort(addressFamilies.packet).copy(bytes, 0);
  bytes.writeUInt16BE(etherType, 2);
  nativeInt(interfaceIndex).copy(bytes, 4);
  bytes.writeUInt8(6, 11);
  return bytes;
}

/** struct sockaddr_nl of the kernel itself. */
export function netlinkAddress(): Buffer {
  const bytes = Buffer.alloc(12);
  nativeShort(addressFamilies.netlink).copy(bytes, 0);
  return bytes;
}

function nativeShort(value: number): Buffer {
  return Buffer.from(Uint16Array.of(value).buffer);
}
