/** Collects the records of a scan by node, in the order in which they arrive. */
import type { Section, SectionData, SectionName } from '../contract/index.js';
import type { ScanRecord, ScanRecordOf } from '../wire/scan.js';
import { facts, fill, joinParts } from './merge.js';

/** One collector's reading of one section at one address. */
export interface Reading {
  readonly node: string;
  readonly name: string;
  data: Record<string, unknown>;
  state: Section['state'];
  missing: NonNullable<Section['missing']>[number][];
  readonly provenance: ScanRecordOf<'section'>['provenance'];
}

export interface NodeDraft {
  readonly node: string;
  readonly sightings: ScanRecordOf<'sighting'>[];
  readonly readings: Reading[];
  outcomes: ScanRecordOf<'node'>['outcomes'];
  lastAt: string;
}

/** The drafts of all nodes that the records speak of, in order of first mention. */
export function foldRecords(records: Iterable<ScanRecord>): NodeDraft[] {
  const drafts = new Map<string, NodeDraft>();
  for (const record of records) {
    if (record.type === 'finding' || record.type === 'summary') continue;
    let draft = drafts.get(record.node);
    if (draft === undefined) {
      draft = { node: record.node, sightings: [], readings: [], outcomes: [], lastAt: '' };
      drafts.set(record.node, draft);
    }
    if (record.type === 'again') {
      if (record.whole) drafts.delete(record.node);
      takeBack(draft, record.collectors);
      continue;
    }
    if (record.type === 'sighting') draft.sightings.push(record);
    else if (record.type === 'section') addReading(draft, record);
    else draft.outcomes = record.outcomes;
    const at = record.type === 'section' ? record.provenance.at : record.at;
    if (at > draft.lastAt) draft.lastAt = at;
  }
  return [...drafts.values()];
}

function takeBack(draft: NodeDraft, collectors: readonly string[] | undefined): void {
  const kept = draft.readings.filter((it) => collectors !== undefined && !collectors.includes(it.provenance.collector));
  draft.readings.splice(0, draft.readings.length, ...kept);
  draft.outcomes = [];
}

function addReading(draft: NodeDraft, record: ScanRecordOf<'section'>): void {
  const { name, provenance } = record;
  const known = draft.readings.find((r) => r.name === name && r.provenance.collector === provenance.collector);
  if (known === undefined) {
    draft.readings.push({
      node: draft.node,
      name,
      data: record.data,
      state: record.state,
      missing: [...(record.missing ?? [])],
      provenance,
    });
    return;
  }
  known.data = joinParts(known.data, record.data);
  if (record.state !== 'ok') known.state = record.state;
  known.missing.push(...(record.missing ?? []));
}

/** All readings of one section as one, the richest first; of equals, the same one at every scan: down the alphabet, so SSH before SNMP. */
export function mergeReadings<N extends SectionName>(readings: readonly Reading[], name: N): SectionData[N] {
  const own = readings
    .filter((r) => r.name === name)
    .map((reading) => ({
      reading,
      count: facts(reading.data),
      from: `${reading.provenance.collector} ${reading.node}`,
    }))
    .sort((a, b) => b.count - a.count || (a.from > b.from ? -1 : 1))
    .map(({ reading }) => reading.data);
  const merged = own.reduce<Record<string, unknown>>(fill, {});
  return (name === 'identity' ? withOwnVendor(merged, own) : merged) as SectionData[N];
}

/** A serial number is one of its maker's: that of another reading would make it the serial number of something else. */
function withOwnVendor(merged: Record<string, unknown>, readings: readonly Record<string, unknown>[]) {
  if (merged.serial === undefined) return merged;
  const { vendor: _, ...rest } = merged;
  const same = readings.find((it) => it.serial === merged.serial && it.vendor !== undefined);
  return same === undefined ? rest : { ...rest, vendor: same.vendor };
}
