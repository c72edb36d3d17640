/** What an address that is alive is called: by the resolver of this machine and, on a link, by the host itself. */
import type { Address } from 'ksocket/plugin';
import { Gate } from '../gate.js';
import type { Pace } from '../pace.js';
import { type ResolverHealth, type Reverse, ReverseDns } from './dns.js';
import { askLlmnr } from './llmnr.js';
import { mdns } from './mdns.js';
import { netbios } from './netbios.js';
import { askByDatagram, type LinkParts } from './question.js';

/** Hosts asked at once, with three sockets each: together with connects and knocks below the usual 1,024 descriptors. */
export const mostHosts = 100;
/** Names shown of one address and source; a hostile zone can list thousands. */
const mostNames = 8;
/** RFC 1035, 2.3.4. */
const longestName = 255;

export interface Name {
  readonly name: string;
  readonly source: 'dns' | 'mdns' | 'llmnr' | 'netbios';
}

/** The names of one look; `close` it at its end. */
export class Names {
  readonly #gate = new Gate(mostHosts);
  readonly #dns: ReverseDns;

  constructor(
    private readonly parts: LinkParts & {
      readonly health: ResolverHealth;
      /** Another resolver than the machine’s own. */
      readonly resolver?: Reverse | undefined;
    },
  ) {
    this.#dns = new ReverseDns(parts.clock, parts.health, parts.signal, parts.resolver);
  }

  /**
   * Empty when it has none, or when nobody tells in time. A host behind a router is not asked itself: these protocols are
   * for one link (RFC 6762, 11; RFC 4795, 2.5), and NetBIOS there means nothing. @throws the reason of the signal
   */
  async of(address: Address, lane: { readonly onLink: boolean; readonly pace: Pace }): Promise<Name[]> {
    const [dns, onLink] = await Promise.all([
      this.#dns.of(address),
      lane.onLink ? this.#gate.through(() => this.#itself(address, lane.pace)) : [],
    ]);
    return [...named('dns', dns), ...onLink];
  }

  /** Ends what is under way; the signal ends the rest. */
  close(): void {
    this.#dns.close();
  }

  /** The fullest name first: the first one is what the node is shown as. */
  async #itself(address: Address, pace: Pace): Promise<Name[]> {
    this.parts.signal.throwIfAborted();
    const [byMdns, byLlmnr, byNetbios] = await Promise.all([
      askByDatagram(mdns, address, pace, this.parts),
      askLlmnr(address, pace, this.parts),
      address.includes(':') ? [] : askByDatagram(netbios, address, pace, this.parts),
    ]);
    return [...named('mdns', byMdns), ...named('llmnr', byLlmnr), ...named('netbios', byNetbios)];
  }
}

function named(source: Name['source'], names: readonly string[]): Name[] {
  const kept = [...new Set(names)].filter(source === 'netbios' ? isComputerName : isHostName);
  return kept.slice(0, mostNames).map((name) => ({ name, source }));
}

/** Whoever owns the zone decides what stands there: only what could be a host's name is taken. */
function isHostName(name: string): boolean {
  return name.length > 0 && name.length <= longestName && /^[\w.-]+$/.test(name);
}

/** Fifteen octets at most; Microsoft permits more than letters and digits, and forbids what paths and markup are made of. */
function isComputerName(name: string): boolean {
  return name.length <= 15 && /^[\w.!@#$%^'(){}~-]+$/.test(name);
}
