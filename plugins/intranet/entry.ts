/** What a lane remembers of one address while it is under way, and what it tells of it in the end. */
import type { Address, Evidence } from 'ksocket/plugin';
import type { Answer } from './probes/probe.js';

/** What is known of one address at the end. `evidence` still grows while answers of other stations come in, until the lane releases the address. */
export interface Outcome {
  readonly address: Address;
  readonly alive: 'yes' | 'no' | 'unknown';
  readonly evidence: readonly Evidence[];
  readonly mac?: string | undefined;
  readonly service?: Answer['service'];
  /** When the proof came, on the monotonic clock. */
  readonly at: number;
}

/** In work: the outcome to be, and how far the asking is. */
export interface Entry extends Outcome {
  alive: Outcome['alive'];
  evidence: readonly Evidence[];
  service: Outcome['service'];
  at: number;
  stage: number;
  attempt: number;
  sentAt: number;
  due: number;
  /** How often it had to be put back for want of a local resource. */
  putBack: number;
  /** Some probe heard nothing of it in the first round. */
  silent: boolean;
  /** It waits for the second round. */
  held: boolean;
  /** It was silent in the first round and is asked once more. */
  again: boolean;
  missed: boolean;
  settled: boolean;
  mac: string | undefined;
}

const none: readonly Evidence[] = Object.freeze([]);

/** One shape for all, made without copies: a sweep makes tens of thousands. */
export function newEntry(address: Address): Entry {
  return {
    address,
    alive: 'unknown',
    evidence: none,
    service: undefined,
    at: 0,
    stage: 0,
    attempt: 0,
    sentAt: 0,
    due: 0,
    putBack: 0,
    silent: false,
    held: false,
    again: false,
    missed: false,
    settled: false,
    mac: undefined,
  };
}
