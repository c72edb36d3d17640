/** A node document as rows: columns for lists, the document in full, the packages apart. */
import { addressToBigInt, tryParseAddress } from '../../core/contract/address.js';
import type { NodeDocument } from '../../core/inventory/index.js';
import type { NodeColumns, Queries } from './schema.js';

/** Longest text that the search field looks through for one node. */
const maxSearch = 4096;

export function columnsOf(node: NodeDocument): NodeColumns {
  const { os, hardware, identity } = node.sections;
  const makers = node.addresses.flatMap((a) => a.extraFields.macaddr?.organizationName ?? []);
  const search = [
    node.displayName,
    ...node.addresses.flatMap((a) => [a.addr, a.macaddr, ...a.hostnames.map((h) => h.hostname)]),
    ...node.addresses.flatMap((a) => a.services.flatMap((s) => [s.name, s.banner, s.certificate])),
    node.system.family,
    os?.name,
    os?.version,
    os?.description,
    hardware?.product?.vendor,
    hardware?.product?.name,
    identity?.serial,
    ...makers,
  ];
  return {
    display_name: node.displayName,
    sort_name: node.displayName.toLowerCase(),
    sort_address: sortableAddress(node.addresses[0]?.addr),
    family: node.system.family ?? '',
    vendor: hardware?.product?.vendor ?? makers[0] ?? '',
    packages_count: node.numberOfPackages,
    updates_count: node.numberOfWindowsUpdates,
    updated_at: node.updatedAt,
    succeeded_at: node.lastScanSucceededAt ?? '',
    search: [...new Set(search)]
      .filter((text) => text !== undefined)
      .join('\n')
      .toLowerCase()
      .slice(0, maxSearch),
  };
}

/** Hexadecimal digits of equal length behind the family, so that text sorts like numbers; no address comes last. */
export function sortableAddress(address: string | undefined): string {
  if (address === undefined || tryParseAddress(address) === undefined) return '9';
  const six = address.includes(':');
  return `${six ? 6 : 4}${addressToBigInt(address)
    .toString(16)
    .padStart(six ? 32 : 8, '0')}`;
}

/** A document without its packages, which are a list of their own. */
export type StoredNode = Omit<NodeDocument, 'packages'>;

export async function putDocuments(
  db: Queries,
  nodes: readonly { readonly id: string; readonly node: NodeDocument }[],
): Promise<void> {
  if (nodes.length === 0) return;
  await db
    .insertInto('documents')
    .values(nodes.map(({ id, node }) => documentRow(id, node)))
    .onConflict((c) =>
      c
        .column('node_id')
        .doUpdateSet((e) => ({ document: e.ref('excluded.document'), packages: e.ref('excluded.packages') })),
    )
    .execute();
}

function documentRow(nodeId: string, node: NodeDocument) {
  const { packages, sections, ...rest } = node;
  const { software, ...others } = sections;
  // Where each package comes from is said once, in the list.
  const { packages: detailed, ...otherSoftware } = software ?? {};
  const stored: StoredNode = {
    ...rest,
    sections: Object.keys(otherSoftware).length > 0 ? { ...others, software: otherSoftware } : others,
  };
  return {
    node_id: nodeId,
    document: JSON.stringify(stored),
    packages: JSON.stringify(packages.map((p, i) => ({ ...p, ...sourceOf(detailed?.[i]) }))),
  };
}

const sourceOf = (it: { source?: string | undefined } | undefined) => (it?.source ? { source: it.source } : {});

export type StoredPackage = NodeDocument['packages'][number] & { readonly source?: string };

/** Whole documents again, packages and all, by the id of their node. */
export async function readDocuments(db: Queries, nodeIds: readonly string[]): Promise<Map<string, NodeDocument>> {
  const documents = new Map<string, NodeDocument>();
  for (let i = 0; i < nodeIds.length; i += 500) {
    const rows = await db
      .selectFrom('documents')
      .selectAll()
      .where('node_id', 'in', nodeIds.slice(i, i + 500))
      .execute();
    for (const row of rows) documents.set(row.node_id, wholeDocument(row));
  }
  return documents;
}

function wholeDocument(row: { document: string; packages: string }): NodeDocument {
  const stored = JSON.parse(row.document) as StoredNode;
  const listed = JSON.parse(row.packages) as StoredPackage[];
  const packages = listed.map(({ source: _, ...shown }) => shown);
  if (listed.length === 0) return { ...stored, packages };
  const detailed = listed.map(({ version, ...it }) => ({ ...it, ...(version === null ? {} : { version }) }));
  const software = { ...stored.sections.software, packages: detailed };
  return { ...stored, packages, sections: { ...stored.sections, software } };
}
