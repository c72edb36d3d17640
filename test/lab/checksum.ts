/**
 * The checksum of a TCP segment or UDP datagram that a kernel left to the network card: over a veth pair none is ever
 * computed, and whoever takes the frame off it and sends it on has to.
 */
const etherHeader = 14;
const etherTypeIPv4 = 0x0800;
/** Offset of the checksum in the transport header, by protocol number. */
const checksumAt = new Map([
  [6, 16],
  [17, 6],
]);

/** Fills it in where there is a whole TCP segment or UDP datagram over IPv4 in the Ethernet frame. */
export function fillChecksum(frame: Buffer): void {
  if (frame.length < etherHeader + 20 || frame.readUInt16BE(12) !== etherTypeIPv4) return;
  const header = (frame.readUInt8(etherHeader) & 0x0f) * 4;
  const at = checksumAt.get(frame.readUInt8(etherHeader + 9));
  // A fragment has no checksum of its own (RFC 791, 3.2).
  if (at === undefined || (frame.readUInt16BE(etherHeader + 6) & 0x3fff) !== 0) return;
  const transport = etherHeader + header;
  const end = etherHeader + frame.readUInt16BE(etherHeader + 2);
  if (transport + at + 2 > end || end > frame.length) return;
  frame.writeUInt16BE(0, transport + at);
  // The pseudo-header (RFC 9293, 3.1): both addresses, the protocol and the length.
  let sum = frame.readUInt8(etherHeader + 9) + (end - transport);
  for (let i = etherHeader + 12; i < etherHeader + 20; i += 2) sum += frame.readUInt16BE(i);
  for (let i = transport; i + 1 < end; i += 2) sum += frame.readUInt16BE(i);
  if ((end - transport) % 2 === 1) sum += frame.readUInt8(end - 1) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const checksum = ~sum & 0xffff;
  // In UDP 0 would mean that there is none (RFC 768).
  frame.writeUInt16BE(checksum === 0 && at === 6 ? 0xffff : checksum, transport + at);
}
