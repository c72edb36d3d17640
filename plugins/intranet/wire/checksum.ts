/** The Internet checksum (RFC 1071), also over the pseudo header that TCP and ICMPv6 put before their own bytes. Pure. */

/** Over bytes that hold their checksum already it is zero. */
export function internetChecksum(bytes: Buffer): number {
  return folded(sum(bytes));
}

/**
 * `addresses` are source and destination as they stand in the IP header (RFC 9293, 3.1 for IPv4; RFC 8200, 8.1 for IPv6,
 * whose pseudo header sums up to the same).
 */
export function transportChecksum(addresses: Buffer, protocol: number, segment: Buffer): number {
  return folded(sum(addresses) + protocol + segment.length + sum(segment));
}

function sum(bytes: Buffer): number {
  let total = 0;
  for (let i = 0; i + 1 < bytes.length; i += 2) total += bytes.readUInt16BE(i);
  return bytes.length % 2 === 1 ? total + (bytes.readUInt8(bytes.length - 1) << 8) : total;
}

function folded(total: number): number {
  let rest = total;
  while (rest > 0xffff) rest = (rest & 0xffff) + (rest >>> 16);
  return ~rest & 0xffff;
}
