/** Orders of steps that look reasonable and are wrong: the eight of the protocol, and some more. The checker must catch each. */

export const wrongOrders = {
  'the result is only in memory after its state is removed': 'result lost',
  'the dedupe mark is written after work starts': 'over-run',
  'settle before the space’s own fsync': 'promise before fsync',
  'accept before fsync': 'promise before fsync',
  'an in-memory session where the space re-issues': 'over-run',
  'an in-memory session where it does not': 'no outcome',
  'a space without a unique opId': 'over-run',
  'a dedupe window that expires': 'result lost',
  'a re-run that drops kept records': 'records lost',
  'the first run is always run 1 after a reinstallation': 'over-run',
  'frames of a replaced connection are taken': 'records lost',
  'ack before the space’s fsync': 'promise before fsync',
  'an acknowledgement of an earlier run is taken': 'records lost',
} as const;

export type WrongOrder = keyof typeof wrongOrders;
export type Invariant = (typeof wrongOrders)[WrongOrder] | 'records mixed' | 'second outcome' | 'not completed';

/** Thrown by a step that breaks what must hold. */
export class Violated extends Error {
  constructor(
    readonly invariant: Invariant,
    detail: string,
  ) {
    super(`${invariant}: ${detail}`);
  }
}
