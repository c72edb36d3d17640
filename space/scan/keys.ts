/**
 * Recognising a node of an earlier scan. The strongest key that both have decides; a different value of a kind that a device
 * has once (its UUID, its serial number) means another device, whatever weaker keys say. A new machine-id beside the old UUID is a new
 * system on the same machine. A node of which nothing stronger is known is found by its address.
 */
import { type NodeDocument, single } from '../../core/inventory/index.js';
import { readDocuments } from '../storage/node-rows.js';
import type { Queries } from '../storage/schema.js';

/** A router with more interfaces than this is known by the first ones. */
const maxKeys = 200;
const rowsAtOnce = 500;
const kindOf = (key: string): string => key.slice(0, key.indexOf(':'));

export class NodeKeys {
  /** Managed nodes that already are a node of this snapshot: two nodes of one scan are two devices. */
  readonly #taken = new Set<string>();
  readonly #db: Queries;
  readonly #networkId: string;

  constructor(db: Queries, networkId: string) {
    this.#db = db;
    this.#networkId = networkId;
  }

  /** For each of these nodes the managed node that it is, or undefined for one that was never seen. */
  async find(nodes: readonly NodeDocument[]): Promise<(Known | undefined)[]> {
    const idOf = await this.#idsOf([...new Set(nodes.flatMap(keysOf))]);
    const documents = await readDocuments(this.#db, [...new Set(idOf.values())]);
    return nodes.map((node) => {
      const keys = keysOf(node);
      for (const key of keys) {
        const id = idOf.get(key);
        const document = id === undefined || this.#taken.has(id) ? undefined : documents.get(id);
        if (id === undefined || document === undefined || isAnother(key, node.keys, document.keys)) continue;
        this.#taken.add(id);
        return { id, document };
      }
      return undefined;
    });
  }

  /** From now on these nodes are known by these keys; what one was known by before stays, unless another says it now. */
  async claim(nodes: readonly { readonly id: string; readonly node: NodeDocument }[]): Promise<void> {
    const owners = new Map<string, string>();
    for (const { id, node } of nodes) {
      this.#taken.add(id);
      for (const key of keysOf(node)) owners.set(key, id);
    }
    const rows = [...owners].map(([node_key, managed_node_id]) => ({
      network_id: this.#networkId,
      node_key,
      managed_node_id,
    }));
    for (let i = 0; i < rows.length; i += rowsAtOnce) {
      await this.#db
        .insertInto('node_keys')
        .values(rows.slice(i, i + rowsAtOnce))
        .onConflict((c) =>
          c
            .columns(['network_id', 'node_key'])
            .doUpdateSet((e) => ({ managed_node_id: e.ref('excluded.managed_node_id') })),
        )
        .execute();
    }
  }

  async #idsOf(keys: readonly string[]): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    for (let i = 0; i < keys.length; i += rowsAtOnce) {
      const rows = await this.#db
        .selectFrom('node_keys')
        .select(['node_key', 'managed_node_id'])
        .where('network_id', '=', this.#networkId)
        .where('node_key', 'in', keys.slice(i, i + rowsAtOnce))
        .execute();
      for (const row of rows) ids.set(row.node_key, row.managed_node_id);
    }
    return ids;
  }
}

interface Known {
  readonly id: string;
  readonly document: NodeDocument;
}

/** What it is known by, strongest first, and at last where it was. */
function keysOf(node: NodeDocument): string[] {
  return [...new Set([...node.keys, ...node.addresses.map((a) => `address:${a.addr}`)])].slice(0, maxKeys);
}

/** Of two that have this key, does something stronger say that they are two devices? */
export function isAnother(key: string, a: readonly string[], b: readonly string[]): boolean {
  const at = (single as readonly string[]).indexOf(kindOf(key));
  if (differs(a, b, at < 0 ? single : single.slice(0, at))) return true;
  // An address is lent, not owned: a MAC address that differs says that it was lent to somebody else.
  return kindOf(key) === 'address' && differs(a, b, ['mac']);
}

function differs(a: readonly string[], b: readonly string[], kinds: readonly string[]): boolean {
  for (const kind of kinds) {
    const mine = a.filter((key) => kindOf(key) === kind);
    const other = b.filter((key) => kindOf(key) === kind);
    if (mine.length > 0 && other.length > 0 && !mine.some((key) => other.includes(key))) return true;
  }
  return false;
}
