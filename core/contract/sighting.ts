/** What is seen of a node from outside, before anyone logs in. */
import type { Address, AddressRange } from './address.js';
import type { Section } from './sections/index.js';

/** One probe and what it proved. */
export interface Evidence {
  /** `arp`, `icmp-echo`, `tcp`, `udp`, `own` (the agent’s own address), `neighbour-cache`, or the name of an API. */
  readonly probe: string;
  /** What came back, in the protocol’s words: `reply`, `syn-ack`, `rst`, `host-unreachable`, `running`, `silent`. */
  readonly answer: string;
  readonly port?: number | undefined;
  readonly rttMs?: number | undefined;
}

/** A service seen answering, and what it says of itself to anybody. */
export interface SeenService {
  /** As IANA has it: `ssh`, `snmp`, `http`. */
  readonly name: string;
  readonly port: number;
  /** The first line that it sends: the identification string of SSH (RFC 4253, 4.2). At most 255 characters. */
  readonly banner?: string | undefined;
  /** Whom its TLS certificate names: the common name, or the first alternative name. Nobody has verified it. At most 255 characters. */
  readonly certificate?: string | undefined;
}

/**
 * Something that may be a node. `alive: 'no'` needs evidence (a router’s host-unreachable, a stopped cloud VM); silence is
 * `unknown`.
 */
export interface Sighting {
  /** Addresses of this one node; empty for a stopped cloud VM that has none. */
  readonly addresses: readonly Address[];
  readonly alive: 'yes' | 'no' | 'unknown';
  readonly evidence: readonly Evidence[];
  readonly mac?: string | undefined;
  /** `source` is the protocol that told it: `dns`, `mdns`, `llmnr`, `netbios`, or the name of an API. */
  readonly names?: readonly { readonly name: string; readonly source: string }[] | undefined;
  readonly services?: readonly SeenService[] | undefined;
  /** Sections that are already known, such as `cloud` from an API. */
  readonly sections?: readonly Section[] | undefined;
}

/**
 * Where a scan may begin. An address or range is looked at; a sighting is taken as it is, without a probe.
 * `source` says where it comes from: `start`, `gateway`, `neighbour-cache`, `ec2`…
 */
export type Candidate =
  | { readonly range: AddressRange; readonly source: string }
  | { readonly sighting: Sighting; readonly source: string };

/** Something about the network itself that the operator should look at, such as two stations for one address. */
export interface Finding {
  /** What kind it is, in two words: `duplicate-ip`, `everything-answers`. */
  readonly finding: string;
  /** One sentence. */
  readonly text: string;
  /** The address that it is about, where it is about one. */
  readonly address?: Address | undefined;
}
