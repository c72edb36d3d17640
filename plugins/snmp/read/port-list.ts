/**
 * The ports of a PortList (RFC 4363), which some agents do not write as the bits that it is: Junos with ELS writes numbers with commas
 * (`491,492`) unless `switch-options mib dot1q-mib` says `bit-map`, IronWare writes numbers of two octets.
 */
import { bitsSet } from './bits.js';

/** Ports of a chassis, one bit each. */
const mostOctets = 1024;

export type PortListReader = (octets: Buffer | undefined, isPort: (port: number) => boolean) => number[];

/** Bits. A list of which most are no ports is not understood. */
export const portsOfBits: PortListReader = (octets, isPort) => {
  const set = bitsSet(octets?.subarray(0, mostOctets), 1);
  const known = set.filter(isPort);
  return known.length * 2 >= set.length ? known : [];
};

/** Numbers where there are only digits and commas, else bits. */
export const portsOfJunos: PortListReader = (octets, isPort) => {
  if (octets === undefined || !octets.every((it) => it === comma || (it >= zero && it <= nine)))
    return portsOfBits(octets, isPort);
  return [...new Set(octets.toString('latin1').split(',').map(Number))].filter(isPort);
};

const [comma, zero, nine] = [0x2c, 0x30, 0x39];
