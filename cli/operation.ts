/** Runs `networks.scan` in this process, without a space, and shows how far it is. */

import { complaint } from '../config-schema/index.js';
import { tokens } from '../core/container/tokens.js';
import type { Wiring } from '../core/container/wiring.js';
import { asFailure, Checkpoint, parseRange } from '../core/contract/index.js';
import { keepHeapSmall } from '../core/runtime/frugal-heap.js';
import { type ScanInput, type ScanRecord, scanInput } from '../core/wire/index.js';
import { type Context, UsageError } from './context.js';
import { Progress } from './progress.js';

/** @throws UsageError naming the text that is no address or network */
export function readInput(input: Partial<ScanInput>): ScanInput {
  for (const text of [...(input.start ?? []), ...(input.allow ?? []), ...(input.deny ?? [])]) {
    try {
      parseRange(text);
    } catch (error) {
      throw new UsageError(asFailure(error, 'read a range').sentence);
    }
  }
  const result = scanInput.safeParse(input);
  if (!result.success) throw new UsageError(complaint(result.error.issues));
  return result.data;
}

/** All records of one scan; ends early, with what there is, when the context's signal aborts. */
export async function runScan(
  context: Context,
  wiring: Wiring,
  input: ScanInput,
  json = false,
): Promise<{ records: ScanRecord[]; cancelled: boolean }> {
  keepHeapSmall();
  const operation = wiring.get(tokens.registry).get('networks.scan')!;
  const progress = new Progress(context, wiring.get(tokens.clock), json);
  const records: ScanRecord[] = [];
  try {
    const values = operation.run({
      input,
      signal: context.signal,
      log: wiring.get(tokens.log).logger('ksocket.scan'),
      resume: undefined,
      progress: (at) => progress.update(at),
    });
    for await (const value of values) if (!(value instanceof Checkpoint)) records.push(value as ScanRecord);
  } catch (error) {
    if (!context.signal.aborted) throw error;
  } finally {
    progress.end();
  }
  return { records, cancelled: context.signal.aborted };
}
