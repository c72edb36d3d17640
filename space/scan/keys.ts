/**
 * Recognising a node of an earlier scan. The strongest key that both have decides; a different value of a kind that a device
 * has once (its UUID, its serial number) means another device, whatever weaker keys say. A node of which nothing
 * stronger is known is found by its address.
 */
import type { NodeDocument } from '../../core/inventory/index.js';
import { readDocument } from '../storage/node-rows.js';
import type { Queries } from '../storage/schema.js';

/** Kinds of which a device has exactly one (core/inventory/identity). */
const single = new Set(['uuid', 'serial', 'cloudId', 'engineId', 'machineId']);
const macs = new Set(['mac']);
/** A router with more interfaces than this is known by the first ones. */
const maxKeys = 200;
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

  async find(node: NodeDocument): Promise<{ id: string; document: NodeDocument } | undefined> {
    const wanted = keysOf(node);
    const rows = await this.#db
      .selectFrom('node_keys')
      .select(['node_key', 'managed_node_id'])
      .where('network_id', '=', this.#networkId)
      .where('node_key', 'in', wanted)
      .execute();
    const byKey = new Map(rows.map((row) => [row.node_key, row.managed_node_id]));
    for (const key of wanted) {
      const id = byKey.get(key);
      if (id === undefined || this.#taken.has(id)) continue;
      const document = await readDocument(this.#db, id);
      if (document === undefined || differs(node.keys, document.keys, single)) continue;
      // An address is lent, not owned: a MAC address that differs says that it was lent to somebody else.
      if (kindOf(key) === 'address' && differs(node.keys, document.keys, macs)) continue;
      return { id, document };
    }
    return undefined;
  }

  /** From now on this node is known by these keys; what it was known by before stays, unless another node says it now. */
  async claim(id: string, node: NodeDocument): Promise<void> {
    this.#taken.add(id);
    const rows = keysOf(node).map((node_key) => ({ network_id: this.#networkId, node_key, managed_node_id: id }));
    await this.#db
      .insertInto('node_keys')
      .values(rows)
      .onConflict((c) =>
        c
          .columns(['network_id', 'node_key'])
          .doUpdateSet((e) => ({ managed_node_id: e.ref('excluded.managed_node_id') })),
      )
      .execute();
  }
}

/** What it is known by, strongest first, and at last where it was. */
function keysOf(node: NodeDocument): string[] {
  return [...new Set([...node.keys, ...node.addresses.map((a) => `address:${a.addr}`)])].slice(0, maxKeys);
}

function differs(a: readonly string[], b: readonly string[], kinds: ReadonlySet<string>): boolean {
  for (const kind of kinds) {
    const mine = a.filter((key) => kindOf(key) === kind);
    const other = b.filter((key) => kindOf(key) === kind);
    if (mine.length > 0 && other.length > 0 && !mine.some((key) => other.includes(key))) return true;
  }
  return false;
}
