/** How what could not be read is told. */
import type { Missing } from 'ksocket/plugin';
import { only } from '../read/system.js';
import type { TableEnd } from '../table.js';

export function missingOf(field: string, end: TableEnd): Missing[] {
  return end.state === 'ok' ? [] : [{ field, state: end.state, ...only('reason', end.reason) }];
}

/** The state and reasons of a section, for `section`. */
export function about(missing: readonly Missing[]): { state?: Missing['state']; missing?: readonly Missing[] } {
  return missing.length === 0 ? {} : { state: missing[0]!.state, missing };
}
