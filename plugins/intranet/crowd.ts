/**
 * Tells a network full of hosts from one behind something that answers for everybody: a firewall that resets whatever it is asked.
 * Behind a router only complete uniformity tells: answers of one block of 256 addresses are held back until silence, or enough
 * difference, is seen in it. A block that was asked as a whole and answers alike to its end is said to do so, and its addresses
 * are no hosts. (On a link, see stations.ts.)
 */
import { type Address, addressToBigInt, type Finding, type Sighting } from 'ksocket/plugin';
import { isIndividual, standsIn, wordsOf } from './sign-of-life.js';

/** Of a block that was asked in part, such as a list of servers, no gap proves nothing. */
const nearlyWhole = 200;
/** Which part of a block may be silent, by loss: a full network of like phones is possible, one without a single gap is not. */
const silentShare = 0.01;
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

  /** This address behind a router will be answered; before the first answer. */
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
    if (block === undefined || sighting.mac !== undefined) return this.out(sighting);
    block.done += 1;
    const isAlive = sighting.alive === 'yes';
    if (!isAlive) block.silent += 1;
    if (block.passed || block.asked < nearlyWhole || !isAlive || isIndividual(sighting)) this.out(sighting);
    else {
      const look = likeness(sighting);
      const alike = block.held.get(look);
      if (alike === undefined) block.held.set(look, [sighting]);
      else alike.push(sighting);
    }
    if (block.passed) return;
    if (block.silent > block.asked * silentShare || block.held.size > block.asked * (1 - alikeShare)) this.#pass(block);
    else if (block.done >= block.asked) this.#judge(block);
  }

  /** Nothing more comes: what is held back is handed on. */
  end(): void {
    for (const block of this.#blocks.values()) this.#pass(block);
  }

  #judge(block: Block): void {
    const alike = [...block.held.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
    if (alike.length >= block.asked * alikeShare) {
      for (const it of alike.splice(0)) this.out(standsIn(it));
      const { asked, silent } = block;
      this.finding({
        finding: 'everything-answers',
        text: `${networkOf(block.first)}: ${asked - silent} of ${asked} addresses answer, nearly all in the same way: something on the way (a firewall, a proxy) answers for everybody; those of which nothing else is known are not counted as hosts`,
      });
    }
    this.#pass(block);
  }

  #pass(block: Block): void {
    block.passed = true;
    for (const alike of block.held.values()) for (const it of alike) this.out(it);
    block.held.clear();
  }
}

/** How it answered and what it serves: not when, and not from which of the closed ports. */
function likeness(it: Sighting): string {
  return JSON.stringify([wordsOf(it), (it.services ?? []).map(({ name, port }) => [name, port])]);
}

/** The /24 of an IPv4 address, the /120 of an IPv6 address. */
function blockOf(address: Address): string {
  if (!address.includes(':')) return address.slice(0, address.lastIndexOf('.'));
  return (addressToBigInt(address) >> 8n).toString(16);
}

function networkOf(address: Address): string {
  return address.includes(':') ? `the 256 addresses around ${address}` : `${blockOf(address)}.0/24`;
}
