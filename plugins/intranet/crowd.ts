/**
 * Tells a network full of hosts from one in which something answers for everybody: proxy ARP, or a firewall that resets whatever
 * it is asked. Answers of one block of 256 addresses are held back until enough silence, or enough difference, is seen in it;
 * a block that answers alike to its end is said to do so, and those of its addresses of which nothing else is known are no hosts.
 */
import { type Address, addressToBigInt, type Finding, type Sighting } from 'ksocket/plugin';

/** Fewer addresses than this are no crowd, even if they are alike. */
const fewest = 32;
/** Which part of a block may be silent in a crowd: its answers can be lost, and some stations answer for all but themselves. */
const silentOfOneStation = 0.1;
/** Where every answer has its router's MAC address, only complete uniformity tells: a full network of like phones is possible. */
const silentBehindRouter = 0.01;
/** Of the block, at least so many are alike. */
const alikeShare = 0.5;

interface Block {
  readonly first: Address;
  asked: number;
  done: number;
  silent: number;
  /** It has shown to be no crowd: nothing is held back any more. */
  passed: boolean;
  readonly held: Map<string, Sighting[]>;
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
    if (block === undefined)
      this.#blocks.set(key, { first: address, asked: 1, done: 0, silent: 0, passed: false, held: new Map() });
    else block.asked += 1;
  }

  /** What came of an address: handed on now or later. */
  add(sighting: Sighting): void {
    const block = this.#blocks.get(blockOf(sighting.addresses[0] ?? ''));
    if (block === undefined) return this.out(sighting);
    block.done += 1;
    if (sighting.alive !== 'yes') block.silent += 1;
    if (block.passed || block.asked < fewest || sighting.alive !== 'yes') this.out(sighting);
    else {
      const look = likeness(sighting);
      const alike = block.held.get(look);
      if (alike === undefined) block.held.set(look, [sighting]);
      else alike.push(sighting);
    }
    if (!block.passed && this.#isNoCrowd(block)) this.#pass(block);
    if (block.done >= block.asked) this.#judge(block);
  }

  /** Nothing more comes: what is held back is handed on. */
  end(): void {
    for (const block of this.#blocks.values()) this.#pass(block);
  }

  #isNoCrowd({ asked, silent, held }: Block): boolean {
    if (silent > asked * silentOfOneStation) return true;
    // Every kind that is not the largest is at least one address; so many that the largest cannot be half of the block.
    return held.size > asked * (1 - alikeShare);
  }

  #judge(block: Block): void {
    const largest = [...block.held.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
    const mac = largest[0]?.mac;
    const mostSilent = block.asked * (mac === undefined ? silentBehindRouter : silentOfOneStation);
    const isCrowd =
      largest.length >= fewest && largest.length >= block.asked * alikeShare && block.silent <= mostSilent;
    if (!isCrowd) return this.#pass(block);
    for (const sighting of largest.splice(0)) {
      const [proof] = sighting.evidence;
      const { names: _, services: __, ...bare } = sighting;
      this.out({
        ...bare,
        alive: 'unknown',
        evidence: [...sighting.evidence, { probe: proof?.probe ?? 'look', answer: 'answered-like-all' }],
      });
    }
    this.finding({ finding: 'everything-answers', text: sentence(block, mac) });
    this.#pass(block);
  }

  #pass(block: Block): void {
    block.passed = true;
    for (const alike of block.held.values()) for (const sighting of alike) this.out(sighting);
    block.held.clear();
  }
}

function sentence(block: Block, mac: string | undefined): string {
  const who =
    mac === undefined
      ? 'in the same way: something on the way (a firewall, a proxy) answers for everybody'
      : `from ${mac}: one station answers for everybody (proxy ARP)`;
  return `${networkOf(block.first)}: ${block.asked - block.silent} of ${block.asked} addresses answer, nearly all ${who}; those of which nothing else is known are not counted as hosts`;
}

/** A MAC address that nobody else has and what it serves, or how it answered: not when, and not from which of the closed ports. */
function likeness({ mac, evidence, names, services }: Sighting): string {
  const [proof] = evidence.filter((it) => it.answer !== 'silent');
  return JSON.stringify([
    mac ?? [proof?.probe, proof?.answer],
    (services ?? []).map((it) => [it.name, it.port]),
    (names ?? []).map((it) => it.name),
  ]);
}

/** The /24 of an IPv4 address, the /120 of an IPv6 address. */
function blockOf(address: Address): string {
  if (!address.includes(':')) return address.slice(0, address.lastIndexOf('.'));
  return (addressToBigInt(address) >> 8n).toString(16);
}

function networkOf(address: Address): string {
  return address.includes(':') ? `the 256 addresses around ${address}` : `${blockOf(address)}.0/24`;
}
