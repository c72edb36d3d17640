/** Step 5 at one address: reads a session to its end, section by section, checked and cut to records. */
import {
  asFailure,
  type Clock,
  type Completeness,
  type Failure,
  failure,
  type Section,
  type Sighting,
} from '../contract/index.js';
import { checkSection, clean, splitSection } from '../inventory/index.js';
import type { Outcome, ScanRecord } from '../wire/index.js';
import { type Entered, reasonOf } from './entrance.js';

/** Details of one host; the slowest devices of the field answer a full walk within this, and a hung one ends here. */
const inspectSeconds = 180;
/** What one inspection may bring in all (16 MiB a command in the collectors, several commands). */
const maxInspectionBytes = 64 * 1024 * 1024;

export interface InspectionParts {
  readonly clock: Clock;
  emit(record: ScanRecord): Promise<void>;
  /** A sighting of something that this host manages. */
  sighted(sighting: Sighting): Promise<void>;
}

/** Reads everything that the session gives. Never throws: the outcome says how far it got. */
export async function inspect(
  parts: InspectionParts,
  node: string,
  entered: Entered,
  tried: Outcome['tried'],
  signal: AbortSignal,
): Promise<Outcome> {
  const collector = entered.ready.collector.name;
  const began = parts.clock.monotonic();
  const place = `inspect ${node} by ${collector}`;
  const values = entered.session.inspect()[Symbol.asyncIterator]();
  const states: Completeness[] = [];
  let bytes = 0;
  let fault: Failure | undefined;
  const deadline = new AbortController();
  const takeBack = parts.clock.after(inspectSeconds * 1000, () => deadline.abort(failure('E_TIMEOUT', place)));
  const stop = () => deadline.abort(failure('E_CANCELLED', place));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    for (;;) {
      const next = await orEnded(values.next(), deadline.signal);
      if (next.done) break;
      if (!('name' in next.value)) {
        await parts.sighted(next.value);
        continue;
      }
      const section = checkSection(next.value as Section);
      states.push(section.state);
      for (const piece of splitSection(section)) {
        bytes += JSON.stringify(piece.data).length;
        if (bytes > maxInspectionBytes) throw failure('E_LIMIT', place);
        await parts.emit({
          type: 'section',
          node,
          name: piece.name,
          data: piece.data as Record<string, unknown>,
          state: piece.state,
          ...(piece.missing?.length ? { missing: piece.missing.map((m) => clean(m).value as typeof m) } : {}),
          provenance: {
            collector,
            ...(entered.file ? { credential: entered.file.name } : {}),
            at: new Date(parts.clock.now()).toISOString(),
            durationMs: Math.round(parts.clock.monotonic() - began),
          },
        });
      }
    }
  } catch (error) {
    fault = asFailure(error, place);
    // Its clean-up may hang like the rest of it; the session is closed by the caller anyway.
    void Promise.resolve(values.return?.()).catch(() => undefined);
  } finally {
    takeBack();
    signal.removeEventListener('abort', stop);
  }
  const credentials = tried?.length ? { tried } : {};
  if (fault !== undefined)
    return { collector, result: states.length > 0 ? 'partial' : 'failed', ...reasonOf(fault), ...credentials };
  const short = states.filter((state) => state !== 'ok');
  return {
    collector,
    result: short.length === 0 ? 'ok' : 'partial',
    ...(short.length ? { reason: `sections not complete: ${[...new Set(short)].join(', ')}` } : {}),
    ...credentials,
  };
}

function orEnded<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
