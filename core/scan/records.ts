/**
 * From what plug-ins say to records. Whatever a plug-in passes on from a target, what leaves here satisfies `scanRecord` and
 * fits a frame: texts are cleaned and cut, what is no value of its field is left out. A section that cannot be mended is a
 * failure, which the caller reports.
 */
import { type Address, completeness, failure, type Missing, type Section, type Sighting } from '../contract/index.js';
import { checkSection, cleanText, splitSection } from '../inventory/index.js';
import { maxFrameBytes, type Outcome, type ScanRecordOf } from '../wire/index.js';

/** Of a frame, one quarter may be what is missing; the last eighth is for everything around the data. */
const maxMissingBytes = maxFrameBytes / 4;
const maxDataBytes = (maxFrameBytes * 5) / 8;
/** More than this of a login's history does not fit a frame when every reason is long. */
const maxTriedInLongNode = 50;

const mac = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;

export function sightingRecord(
  sighting: Sighting,
  about: { node: string; addresses: readonly Address[]; source: string; at: string },
): ScanRecordOf<'sighting'> {
  const { alive, evidence } = sighting;
  const names = entries(sighting.names)
    .map(({ name, source }) => ({ name: text(name, 256), source: text(source, 32) }))
    .filter((n) => n.name !== '')
    .slice(0, 100);
  const services = entries(sighting.services)
    .flatMap((it) => serviceOf(it) ?? [])
    .slice(0, 1000);
  return {
    type: 'sighting',
    node: about.node,
    addresses: about.addresses.slice(0, 1000),
    alive: alive === 'yes' || alive === 'no' ? alive : 'unknown',
    evidence: evidenceOf(evidence),
    source: text(about.source, 256),
    ...(typeof sighting.mac === 'string' && mac.test(sighting.mac) ? { mac: sighting.mac.toLowerCase() } : {}),
    ...(names.length ? { names } : {}),
    ...(services.length ? { services } : {}),
    at: about.at,
  };
}

export function evidenceOf(said: unknown): ScanRecordOf<'sighting'>['evidence'] {
  return entries(said)
    .slice(0, 100)
    .map(({ probe, answer, port, rttMs }) => {
      const kept: ScanRecordOf<'sighting'>['evidence'][number] = { probe: text(probe, 64), answer: text(answer, 256) };
      if (isPort(port)) kept.port = port;
      if (typeof rttMs === 'number' && rttMs >= 0 && rttMs < Number.MAX_SAFE_INTEGER)
        kept.rttMs = Math.round(rttMs * 1000) / 1000;
      return kept;
    });
}

function serviceOf(said: Record<string, unknown>) {
  const { port } = said;
  const [name, banner, certificate] = [text(said.name, 64), text(said.banner, 255), text(said.certificate, 255)];
  if (!isPort(port) || name === '') return undefined;
  return { name, port, ...(banner === '' ? {} : { banner }), ...(certificate === '' ? {} : { certificate }) };
}

/** A section in pieces that fit, with the size of their data as JSON. @throws Failure E_PLUGIN when it is not what its schema says, E_LIMIT when it cannot be cut */
export function* sectionRecords(
  section: Section,
  about: { node: string; collector: string; credential?: string | undefined; at: string; durationMs: number },
): Generator<{ readonly record: ScanRecordOf<'section'>; readonly bytes: number }> {
  const { name, data, state } = section;
  const shown = text(name, 128);
  if (shown === '' || shown !== name)
    throw failure('E_PLUGIN', `section ${JSON.stringify(shown)}: no name of a section`);
  if (!completeness.safeParse(state).success)
    throw failure('E_PLUGIN', `section ${shown}: state ${JSON.stringify(text(state, 64))}`);
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw failure('E_PLUGIN', `section ${shown}: data is no object`);
  const checked = checkSection({ name, data, state, missing: missingOf(section.missing) });
  for (const { section: piece, bytes } of splitSection(checked)) {
    if (bytes > maxDataBytes) throw failure('E_LIMIT', `section ${shown}`);
    const record: ScanRecordOf<'section'> = {
      type: 'section',
      node: about.node,
      name,
      data: piece.data as Record<string, unknown>,
      state: piece.state,
      ...(piece.missing?.length ? { missing: [...piece.missing] } : {}),
      provenance: {
        collector: text(about.collector, 64),
        ...(about.credential === undefined ? {} : { credential: about.credential.slice(0, 512) }),
        at: about.at,
        durationMs: Math.max(0, Math.round(about.durationMs)),
      },
    };
    yield { record, bytes };
  }
}

export function nodeRecord(node: string, outcomes: readonly Outcome[], at: string): ScanRecordOf<'node'> {
  const cut = (most: number): Outcome[] =>
    outcomes.slice(0, 100).map(({ collector, tried, matched, ...rest }) => ({
      collector: text(collector, 64),
      ...rest,
      ...(matched === undefined ? {} : { matched: matched.slice(0, most).map((name) => name.slice(0, 512)) }),
      ...(tried === undefined
        ? {}
        : { tried: tried.slice(0, most).map((t) => ({ ...t, credential: t.credential.slice(0, 512) })) }),
    }));
  const whole = cut(1000);
  const long = Buffer.byteLength(JSON.stringify(whole)) > maxDataBytes;
  return { type: 'node', node, outcomes: long ? cut(maxTriedInLongNode) : whole, at };
}

function missingOf(said: unknown): Missing[] {
  const kept: Missing[] = [];
  let bytes = 0;
  for (const { field, state, reason } of entries(said).slice(0, 1000)) {
    const known = completeness.safeParse(state);
    if (!known.success || typeof field !== 'string') continue;
    const entry = {
      field: text(field, 256),
      state: known.data,
      ...(typeof reason === 'string' ? { reason: text(reason, 1024) } : {}),
    };
    bytes += Buffer.byteLength(JSON.stringify(entry));
    if (bytes > maxMissingBytes) break;
    kept.push(entry);
  }
  return kept;
}

/** The objects of what should be a list of objects. */
function entries(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'object' && item !== null) : [];
}

function text(value: unknown, most: number): string {
  return typeof value === 'string' ? cleanText(value).slice(0, most) : '';
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;
}
