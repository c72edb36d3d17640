/**
 * Tells a network full of hosts from one in which something answers for everybody: a station that answers ARP for others (proxy ARP,
 * the gateways of cloud networks), or a firewall that resets whatever it is asked. Answers of one block of 256 addresses are held back
 * until enough silence, or enough difference, is seen in it. Of a block that answers as one to its end, those addresses of which
 * nothing else is known are no hosts, and a finding says so.
 */
import { type Address, addressToBigInt, type Finding, type Sighting } from 'ksocket/plugin';

/** Fewer addresses than this are no crowd, even if they are alike. */
const fewest = 32;
/** Which part of a block may be silent, or of another MAC address: answers get lost, and some stations leave out a few. */
const othersBesideStation = 0.1;
/** Where every answer has its router's MAC address, only complete uniformity tells: a full network of like phones is possible. */
const silentBehindRouter = 0.01;
/** Of the block, at least so many are alike in all. */
const alikeShare = 0.5;

interface Block {
  readonly first: Address;
  asked: number;
  done: number;
  silent: number;
  /** It has shown to be no crowd: nothing is held back any more. */
  passed: boolean;
  held: Sighting[];
  /** How many answered from each MAC address; without one under ''. */
  readonly byMac: Map<string, number>;
}

export class Crowd {
  readonly #blocks = new Map<string, Block>();

  constructor(
    private readonly out: (sighting: Sighting) => void,
    private readonly finding: (finding: Finding) => void,
  ) {}

  /** This address will be answered; before the first answer. */
  expect(address: Address): void {
    const key = blockOf(address);
    const block = this.#blocks.get(key);
    if (block !== undefined) {
      block.asked += 1;
      return;
    }
    const counts = { asked: 1, done: 0, silent: 0 };
    this.#blocks.set(key, { first: address, ...counts, passed: false, held: [], byMac: new Map() });
  }

  /** What came of an address: handed on now or later. */
  add(sighting: Sighting): void {
    const block = this.#blocks.get(blockOf(sighting.addresses[0] ?? ''));
    if (block === undefined) return this.out(sighting);
    block.done += 1;
    if (sighting.alive !== 'yes') block.silent += 1;
    else block.byMac.set(sighting.mac ?? '', (block.byMac.get(sighting.mac ?? '') ?? 0) + 1);
    if (block.passed || block.asked < fewest || sighting.alive !== 'yes') this.out(sighting);
    else block.held.push(sighting);
    if (block.passed) return;
    if (isNoCrowd(block)) this.#pass(block);
    else if (block.done >= block.asked) this.#judge(block);
  }

  /** Nothing more comes: what is held back is handed on. */
  end(): void {
    for (const block of this.#blocks.values()) this.#pass(block);
  }

  #judge(block: Block): void {
    const [mac] = station(block);
    const alike = largestGroup(block.held);
    const isUniform = alike.length >= fewest && alike.length >= block.asked * alikeShare;
    // One MAC address is no proof of many hosts; without one, the same answer of all is all there is to go by.
    const crowd = new Set([...(isUniform ? alike : []), ...block.held.filter((it) => it.mac === mac && isBare(it))]);
    if (block.held.length >= fewest && crowd.size > 0) {
      block.held = block.held.map((it) => (crowd.has(it) ? asOneOfMany(it) : it));
      this.finding({ finding: 'everything-answers', text: sentence(block, mac) });
    }
    this.#pass(block);
  }

  #pass(block: Block): void {
    block.passed = true;
    for (const sighting of block.held.splice(0)) this.out(sighting);
  }
}

/** More than the tolerated part is silent, or answers from elsewhere. */
function isNoCrowd(block: Block): boolean {
  const [mac, count] = station(block);
  const answered = block.done - block.silent;
  const tolerated = mac === '' ? silentBehindRouter : othersBesideStation;
  return block.silent + answered - count > block.asked * tolerated;
}

/** The MAC address that answers for the most, and for how many. */
function station({ byMac }: Block): readonly [mac: string, count: number] {
  let most: readonly [string, number] = ['', 0];
  for (const entry of byMac) if (entry[1] > most[1]) most = entry;
  return most;
}

function largestGroup(held: readonly Sighting[]): readonly Sighting[] {
  const groups = new Map<string, Sighting[]>();
  for (const it of held) {
    const key = likeness(it);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [it]);
    else group.push(it);
  }
  return [...groups.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
}

const words = ({ evidence }: Sighting): string[] =>
  evidence.filter((it) => it.answer !== 'silent').map((it) => `${it.probe} ${it.answer}`);

/** A MAC address and nothing else. */
function isBare(it: Sighting): boolean {
  return it.mac !== undefined && words(it).length <= 1 && !it.services?.length && !it.names?.length;
}

/** From which station, how it answered, what it serves and is called: not when, and not from which of the closed ports. */
function likeness(it: Sighting): string {
  const services = (it.services ?? []).map(({ name, port, banner, certificate }) => [name, port, banner, certificate]);
  return JSON.stringify([it.mac, words(it), services, (it.names ?? []).map(({ name }) => name)]);
}

function asOneOfMany(it: Sighting): Sighting {
  const { names: _, services: __, ...bare } = it;
  const probe = it.evidence[0]?.probe ?? 'look';
  return { ...bare, alive: 'unknown', evidence: [...it.evidence, { probe, answer: 'answered-like-all' }] };
}

function sentence({ first, asked, silent }: Block, mac: string): string {
  const who =
    mac === ''
      ? 'in the same way: something on the way (a firewall, a proxy) answers for everybody'
      : `from ${mac}: one station answers for others (proxy ARP, or the gateway of a cloud network)`;
  return `${networkOf(first)}: ${asked - silent} of ${asked} addresses answer, nearly all ${who}; those of which nothing else is known are not counted as hosts`;
}

/** The /24 of an IPv4 address, the /120 of an IPv6 address. */
function blockOf(address: Address): string {
  if (!address.includes(':')) return address.slice(0, address.lastIndexOf('.'));
  return (addressToBigInt(address) >> 8n).toString(16);
}

function networkOf(address: Address): string {
  return address.includes(':') ? `the 256 addresses around ${address}` : `${blockOf(address)}.0/24`;
}
