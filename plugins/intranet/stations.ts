/** Which MAC addresses answer for more than one address: one station with several, or two machines that are copies of each other. */
import type { Address, Finding, Sighting } from 'ksocket/plugin';

/** Addresses named in one finding. */
const mostNamed = 8;
/** Of different MAC addresses; a network of virtual hosts can have thousands. */
const mostFindings = 50;
/** Shared by design: VRRP and CARP (RFC 9568, 7.3), HSRP, GLBP. */
const virtualRouters = ['00:00:5e:00:01:', '00:00:5e:00:02:', '00:00:0c:07:ac:', '00:00:0c:9f:f', '00:07:b4:00:'];

export class Stations {
  readonly #addresses = new Map<string, { count: number; first: Address[] }>();

  add({ mac, alive, addresses: [address] }: Sighting): void {
    if (mac === undefined || alive !== 'yes' || address === undefined) return;
    if (virtualRouters.some((it) => mac.startsWith(it))) return;
    const known = this.#addresses.get(mac);
    if (known === undefined) this.#addresses.set(mac, { count: 1, first: [address] });
    else {
      known.count += 1;
      if (known.first.length < mostNamed) known.first.push(address);
    }
  }

  *findings(): Generator<Finding> {
    let said = 0;
    for (const [mac, { count, first }] of this.#addresses) {
      if (count < 2) continue;
      said += 1;
      if (said > mostFindings) return;
      const more = count > first.length ? ` and ${count - first.length} more` : '';
      yield {
        finding: 'duplicate-mac',
        text: `${mac} answers for ${count} addresses (${first.join(', ')}${more}): one station with several addresses, or machines with the same MAC address`,
      };
    }
  }
}
