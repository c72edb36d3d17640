/**
 * MAC addresses that answer for several addresses. For a few it is one station with several, or two machines that are copies of each
 * other: a finding. For many it answers for others (proxy ARP, a VPN's gateway, the gateway of a cloud network), and then a
 * reply proves nothing: hosts are those that show something of their own, a service, a refused port, a name. So whoever only
 * answered ARP is handed on a little later, and when its MAC address answers for others too, when it is known which of the two it is.
 */
import type { Address, Finding, Sighting } from 'ksocket/plugin';
import { Fifo } from './fifo.js';
import { isBare, standsIn } from './sign-of-life.js';

/** From so many addresses on a station is taken to answer for others; hosts with more that show nothing else are rarer than such stations. */
const many = 8;
/**
 * After so many further addresses a MAC address is taken to answer for one only: addresses are asked in random order, and who
 * answers for a tenth of them has answered again by then in 999 of 1,000 cases.
 */
const patience = 64;
/** Addresses named in one finding. */
const mostNamed = 8;
/** Of different MAC addresses; a network of virtual hosts can have thousands. */
const mostFindings = 50;
/** Shared by design: VRRP and CARP (RFC 9568, 7.3), HSRP, GLBP. */
const virtualRouters = ['00:00:5e:00:01:', '00:00:5e:00:02:', '00:00:0c:07:ac:', '00:00:0c:9f:f', '00:07:b4:00:'];

interface Station {
  count: number;
  readonly first: Address[];
  held: Sighting[];
  /** Of how many nothing else is known. */
  bare: number;
}

export class Stations {
  readonly #stations = new Map<string, Station>();
  /** Stations of which one bare answer is held, in the order in which it came. */
  readonly #alone = new Fifo<{ readonly station: Station; readonly since: number }>();
  #added = 0;

  constructor(private readonly out: (sighting: Sighting) => void) {}

  add(sighting: Sighting): void {
    this.#added += 1;
    this.#judge(sighting);
    for (let it = this.#alone.peek(); it !== undefined && this.#added - it.since > patience; it = this.#alone.peek()) {
      this.#alone.shift();
      if (it.station.count === 1) for (const one of it.station.held.splice(0)) this.out(one);
    }
  }

  #judge(sighting: Sighting): void {
    const { mac, alive, addresses } = sighting;
    if (mac === undefined || alive !== 'yes' || addresses[0] === undefined) return this.out(sighting);
    const station = this.#stations.get(mac) ?? { count: 0, first: [], held: [], bare: 0 };
    this.#stations.set(mac, station);
    station.count += 1;
    if (station.first.length < mostNamed) station.first.push(addresses[0]);
    if (!isBare(sighting)) this.out(sighting);
    else {
      station.bare += 1;
      if (station.count >= many) this.out(standsIn(sighting));
      else station.held.push(sighting);
      if (station.count === 1) this.#alone.push({ station, since: this.#added });
    }
    if (station.count >= many) for (const it of station.held.splice(0)) this.out(standsIn(it));
  }

  /** Nothing more comes: what is held back are hosts, and what there is to say is said. */
  *end(): Generator<Finding> {
    let said = 0;
    for (const [mac, station] of this.#stations) {
      for (const it of station.held.splice(0)) this.out(it);
      if (station.count < 2 || virtualRouters.some((it) => mac.startsWith(it))) continue;
      said += 1;
      if (said <= mostFindings) yield findingOf(mac, station);
    }
  }
}

function findingOf(mac: string, { count, first, bare }: Station): Finding {
  const more = count > first.length ? ` and ${count - first.length} more` : '';
  const whom = `${mac} answers for ${count} addresses (${first.join(', ')}${more})`;
  if (count < many || bare === 0)
    return {
      finding: 'duplicate-mac',
      text: `${whom}: one station with several addresses, or machines with the same MAC address`,
    };
  return {
    finding: 'answers-for-others',
    text: `${whom}: it answers for others (proxy ARP, or the gateway of a VPN or cloud network); the ${bare} of which nothing else is known are not counted as hosts`,
  };
}
