/**
 * One device over several scans. What this scan could not read does not erase what an earlier one did: where a collector
 * failed or said nothing this time, its older facts stay, with their older provenance. What a collector that got in no longer
 * reports is gone.
 */

import { tryParseAddress } from '../../core/contract/address.js';
import {
  type NodeAddress,
  type NodeDocument,
  type SectionProvenance,
  toDocument,
} from '../../core/inventory/document.js';
import type { Reading } from '../../core/inventory/fold.js';
import { fill } from '../../core/inventory/merge.js';

type Data = Record<string, unknown>;

export function mergeWithEarlier(earlier: NodeDocument, now: NodeDocument): NodeDocument {
  const addresses = now.addresses.map((address) => {
    const known = earlier.addresses.find((a) => a.addr === address.addr);
    if (known === undefined) return address;
    return {
      ...known,
      ...address,
      hostnames: address.hostnames.length > 0 ? address.hostnames : known.hostnames,
      services: servicesOf(address.services, known.services),
      extraFields: { ...known.extraFields, ...address.extraFields },
    };
  });
  const kept = earlier.provenance.filter((old) => !wasReadAgain(old, now));
  const lastScanSucceededAt = now.lastScanSucceededAt ?? earlier.lastScanSucceededAt;
  const base: NodeDocument = {
    ...now,
    addresses,
    ...(lastScanSucceededAt === undefined ? {} : { lastScanSucceededAt }),
    displayName: nameOf(now, earlier),
  };
  if (kept.length === 0) return base;
  const sections: Record<string, unknown> = { ...now.sections };
  for (const name of new Set(kept.map((p) => p.section))) {
    const old = earlier.sections[name] as Data | undefined;
    if (old !== undefined) sections[name] = fill((sections[name] ?? {}) as Data, old);
  }
  const { system, interfaces, extraFields, packages, numberOfPackages, numberOfWindowsUpdates } = derived(
    now,
    sections,
  );
  return {
    ...base,
    system,
    interfaces,
    extraFields,
    packages,
    numberOfPackages,
    numberOfWindowsUpdates,
    sections,
    provenance: [...now.provenance, ...kept],
  };
}

/** A service that was too slow this time to say who it is keeps what it said earlier. */
function servicesOf(now: NodeAddress['services'], earlier: NodeAddress['services']): NodeAddress['services'] {
  if (now.length === 0) return earlier;
  return now.map((it) => ({ ...earlier.find((old) => old.name === it.name && old.port === it.port), ...it }));
}

/** Did this scan answer the same question, so that its answer replaces the old one? */
function wasReadAgain(old: SectionProvenance, now: NodeDocument): boolean {
  const again = now.provenance.find((p) => p.section === old.section && p.collector === old.collector);
  if (again !== undefined) return again.state === 'ok';
  return now.outcomes.some((o) => o.collector === old.collector && o.result === 'ok');
}

/** A host name known earlier is better than an address now. */
function nameOf(now: NodeDocument, earlier: NodeDocument): string {
  return tryParseAddress(now.displayName) !== undefined && tryParseAddress(earlier.displayName) === undefined
    ? earlier.displayName
    : now.displayName;
}

/** The vendor's fields of merged sections, by the same rules as for a fresh document. */
function derived(now: NodeDocument, sections: Record<string, unknown>): NodeDocument {
  const node = now.addresses[0]?.addr ?? now.displayName;
  const provenance = { collector: '', at: now.updatedAt, durationMs: 0 };
  const readings = Object.entries(sections).map(
    ([name, data]): Reading => ({ node, name, data: data as Data, state: 'ok', missing: [], provenance }),
  );
  return toDocument([{ node, sightings: [], readings, outcomes: [], lastAt: now.updatedAt }], []);
}
