/** From the records of one scan to its nodes. */
import type { ScanRecord } from '../wire/scan.js';
import { compareAddresses, identified, type NodeDocument, toDocument } from './document.js';
import { foldRecords } from './fold.js';
import { type Group, groupByIdentity, keysOf } from './identity.js';

/** One document a device, ordered by its first address. Only what is alive, or known without being alive, is a node. */
export function assembleNodes(records: Iterable<ScanRecord>): NodeDocument[] {
  const drafts = foldRecords(records);
  const byNode = new Map(drafts.map((d) => [d.node, d]));
  const groups = groupByIdentity(drafts.map(identified));
  const shared = sharedKeys(groups);
  return groups
    .map(({ members, history }) =>
      toDocument(
        members.map((m) => byNode.get(m.node)!),
        history,
        shared,
      ),
    )
    .sort((a, b) => compareFirst(a, b));
}

/** What two devices of one scan have is not what either is known by: the machine-id of an image, the MAC address of a router that answers for others. */
function sharedKeys(groups: readonly Group[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const { members } of groups) {
    for (const key of new Set(members.flatMap(keysOf))) {
      if (seen.has(key)) shared.add(key);
      seen.add(key);
    }
  }
  return shared;
}

function compareFirst(a: NodeDocument, b: NodeDocument): number {
  const [x, y] = [a.addresses[0]?.addr, b.addresses[0]?.addr];
  if (x === undefined || y === undefined)
    return x === y ? (a.displayName < b.displayName ? -1 : 1) : x === undefined ? 1 : -1;
  return compareAddresses(x, y);
}
