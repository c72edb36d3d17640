/** From the records of one scan to its nodes. */
import type { ScanRecord } from '../wire/scan.js';
import { compareAddresses, identified, type NodeDocument, toDocument } from './document.js';
import { foldRecords } from './fold.js';
import { groupByIdentity } from './identity.js';

/** One document a device, ordered by its first address. Only what is alive, or known without being alive, is a node. */
export function assembleNodes(records: Iterable<ScanRecord>): NodeDocument[] {
  const drafts = foldRecords(records);
  const byNode = new Map(drafts.map((d) => [d.node, d]));
  return groupByIdentity(drafts.map(identified))
    .map((group) =>
      toDocument(
        group.members.map((m) => byNode.get(m.node)!),
        group.history,
      ),
    )
    .sort((a, b) => compareFirst(a, b));
}

function compareFirst(a: NodeDocument, b: NodeDocument): number {
  const [x, y] = [a.addresses[0]?.addr, b.addresses[0]?.addr];
  if (x === undefined || y === undefined)
    return x === y ? (a.displayName < b.displayName ? -1 : 1) : x === undefined ? 1 : -1;
  return compareAddresses(x, y);
}
