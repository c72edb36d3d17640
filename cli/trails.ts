/** The trails that scans have left (core/inventory/trail.ts): which there are, and their lines. */
import { readdir } from 'node:fs/promises';
import { Failure, failure } from '../core/contract/index.js';
import { type TrailEvent, trailEvent } from '../core/inventory/index.js';

/** The newest first: their names begin with the time. */
export async function trailsIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory))
      .filter((it) => it.endsWith('.ndjson'))
      .sort()
      .reverse();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error instanceof Failure
      ? error
      : failure('E_INPUT', `${directory} may not be read`, {
          cause: error,
          remedy: 'ask as the user of the agent, or as root',
        });
  }
}

/** Undefined for a line that a crash has cut. */
export function trailEventOf(line: string): TrailEvent | undefined {
  try {
    return trailEvent.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
