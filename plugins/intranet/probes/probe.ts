/**
 * One way to ask addresses whether they are there. A lane (lane.ts) owns the pace, the waits and the retries; a probe only
 * sends one question and tells what it hears. ARP, neighbour discovery, ICMP, TCP and UDP are such probes.
 *
 * The life of a probe: opened by its module's `open…` (which gives an Obstacle where it cannot work here), `send` called
 * many times, answers told through `Hearing` at any moment until `close`.
 */
import type { Address, Evidence } from 'ksocket/plugin';

/** Why something cannot be used here, and what the operator can do about it. */
export interface Obstacle {
  readonly reason: string;
  readonly remedy: string;
}

export function isObstacle(it: object): it is Obstacle {
  return 'reason' in it && 'remedy' in it;
}

export interface Answer {
  readonly address: Address;
  readonly evidence: Evidence;
  /** What it proves; undefined when it is worth reporting and proves nothing. */
  readonly alive?: 'yes' | 'no';
  readonly mac?: string;
  readonly service?: { readonly name: string; readonly port: number };
  /** Is `evidence.rttMs` certain to belong to the question it answers (Karn's rule)? */
  readonly timed?: boolean;
}

export interface Hearing {
  heard(answer: Answer): void;
  /** The question of this attempt never left the machine, for want of a local resource: ask again later, and slower. */
  unsent(address: Address): void;
}

/**
 * What became of one question: it left; this probe has none for that address; too much is open now; the machine is short
 * of something (buffers, descriptors); or it cannot be asked at all, in one word for the evidence.
 */
export type Shot = 'sent' | 'nothing' | 'busy' | 'short' | { readonly refused: string };

export interface Probe {
  /** As in Evidence.probe. */
  readonly name: string;
  /** Milliseconds to wait for an answer after each attempt; there are as many attempts. */
  readonly waits: readonly number[];
  /** The same where the round trip is known to be short. A late answer counts as long as anything is asked of that address. */
  readonly floors?: readonly number[];
  /** Is each attempt the same question, so that an answer to a later one means that something was lost? */
  readonly repeats: boolean;
  /** Packets that one attempt sends, for the pace. */
  readonly packets: number;
  /** Never throws. `waitMs` is how long the lane will wait for the answer. */
  send(address: Address, attempt: number, waitMs: number): Shot;
  /** Nobody waits for this address any more. */
  forget?(address: Address): void;
  /** The word for "no answer", when something other than silence explains it (`interface-gone`). */
  silence?(): string;
  close(): void | Promise<void>;
}
