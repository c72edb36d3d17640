/** Strings of bits as MIBs write them: BITS (RFC 2578, 7.1.4) and PortList (RFC 4363), the first bit the highest of the first octet. */

/** The positions of the bits that are set, counted from `first`. */
export function bitsSet(octets: Uint8Array | undefined, first = 0): number[] {
  const set: number[] = [];
  octets?.forEach((octet, i) => {
    for (let bit = 0; octet !== 0 && bit < 8; bit++) if (octet & (0x80 >> bit)) set.push(first + i * 8 + bit);
  });
  return set;
}
