/** Ranges that somebody named and that are still to be looked at; and the short form in which a checkpoint holds them. */
import { type AddressRange, isSingle, parseRange } from '../contract/index.js';
import { addressesOf, Runs } from './round.js';
import type { ScanState } from './state.js';

export interface Lead {
  readonly range: AddressRange;
  readonly source: string;
}

/** By who named them, neighbouring addresses as one line. */
export function leadsToState(leads: readonly Lead[]): ScanState['leads'] {
  const groups = new Map<string, { ranges: string[]; runs: Runs }>();
  for (const { range, source } of leads) {
    const group = groups.get(source) ?? { ranges: [], runs: new Runs() };
    groups.set(source, group);
    if (isSingle(range)) group.runs.add(range.text);
    else group.ranges.push(range.text);
  }
  return [...groups].map(([source, { ranges, runs }]) => ({ source, ranges, runs: runs.toState() }));
}

export function leadsOfState(groups: ScanState['leads']): Lead[] {
  return groups.flatMap(({ source, ranges, runs }) =>
    [...ranges, ...runs.flatMap((line) => [...addressesOf(line)])].map((text) => ({ range: parseRange(text), source })),
  );
}
