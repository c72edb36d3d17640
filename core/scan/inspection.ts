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
import type { Outcome, ScanRecordOf } from '../wire/index.js';
import type { Entered } from './door.js';
import { reasonOf } from './entrance.js';
import { ending, limited } from './limits.js';
import { sectionRecords } from './records.js';
import type { Turns } from './turns.js';

/** Details of one host; the slowest devices of the field answer a full walk within this, and a hung one ends here. */
const inspectSeconds = 180;
/** What one inspection may bring in all (16 MiB a command in the collectors, several commands). */
const maxInspectionBytes = 64 * 1024 * 1024;

export interface InspectionParts {
  readonly clock: Clock;
  readonly turns: Turns;
  emit(record: ScanRecordOf<'section'>): Promise<void>;
  /** A sighting of something that this host manages. */
  sighted(sighting: Sighting): Promise<void>;
}

/** Reads everything that the session gives. Never throws: the outcome says how far it got. */
export async function inspect(
  parts: InspectionParts,
  node: string,
  entered: Entered,
  { tried, matched }: Pick<Outcome, 'tried' | 'matched'>,
  signal: AbortSignal,
  source: () => AsyncIterable<Section | Sighting> = () => entered.session.inspect(),
): Promise<Outcome> {
  const collector = entered.ready.collector.name;
  const { clock } = parts;
  const began = clock.monotonic();
  const place = `inspect ${node} by ${collector}`;
  const states: Completeness[] = [];
  let bytes = 0;
  let fault: Failure | undefined;
  let values: AsyncIterator<Section | Sighting> | undefined;
  let leftMs = inspectSeconds * 1000;
  /** Only the wait for the target counts; the space may take its time with what was read. */
  const ask = async (from: AsyncIterator<Section | Sighting>) => {
    if (leftMs <= 0) throw failure('E_TIMEOUT', place);
    const asked = clock.monotonic();
    try {
      return await limited(parts, signal, place, () => from.next(), undefined, leftMs / 1000);
    } finally {
      leftMs -= clock.monotonic() - asked;
    }
  };
  try {
    values = source()[Symbol.asyncIterator]();
    for (;;) {
      await parts.turns.next();
      const next = await ask(values);
      if (next.done) break;
      if (!('name' in next.value)) {
        await parts.sighted(next.value);
        continue;
      }
      const about = {
        node,
        collector,
        credential: entered.file?.name,
        at: new Date(clock.now()).toISOString(),
        durationMs: clock.monotonic() - began,
      };
      for (const { record, bytes: size } of sectionRecords(next.value, about)) {
        bytes += size;
        if (bytes > maxInspectionBytes) throw failure('E_LIMIT', place);
        states.push(record.state);
        await parts.emit(record);
      }
    }
  } catch (error) {
    fault = asFailure(error, place);
    // Nobody waits for its clean-up; the session is closed by the caller anyway.
    void ending(parts, place, () => values?.return?.());
  }
  const credentials = { ...(matched?.length ? { matched } : {}), ...(tried?.length ? { tried } : {}) };
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

/** After a failure that gave nothing: what its session had read nevertheless. Never throws. */
export async function inspectRemains(
  parts: InspectionParts,
  node: string,
  entered: Entered,
  failed: Outcome,
  signal: AbortSignal,
): Promise<Outcome> {
  const { session } = entered;
  if (failed.result !== 'failed' || session.remains === undefined) return failed;
  let said = false;
  const emit: InspectionParts['emit'] = (record) => {
    said = true;
    return parts.emit(record);
  };
  await inspect({ ...parts, emit }, node, entered, failed, signal, () => session.remains!());
  return said ? { ...failed, result: 'partial' } : failed;
}
