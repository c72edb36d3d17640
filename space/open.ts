/** A space's directory without its server: for the command line. A server that runs there notices within half a second. */
import type { Clock, Random } from '../core/contract/ports.js';
import { Actions } from './actions.js';
import { problem } from './problem.js';
import { parse } from './rest/input.js';
import { adminKeyIn } from './rest/keys.js';
import { readOptions, type ScanOptions, scanOptions } from './scan/options.js';
import { countNodesByNetwork, listNetworks } from './storage/networks.js';
import type { StoredNode } from './storage/node-rows.js';
import { listManagedNodes, type NodeFilter } from './storage/nodes.js';
import { findScan, listScans, type Scan } from './storage/scans.js';
import type { BundleTable } from './storage/schema.js';
import { listSlots } from './storage/slots.js';
import { openStorage } from './storage/sqlite.js';
import { type IssuedToken, listTokens, type TokenRow } from './storage/tokens.js';
import { addBundle, listBundles, type NewBundle } from './updates/bundles.js';
import { type Audience, listOffers, type Offered, type ShownOffer } from './updates/offers.js';

export interface OpenSpace {
  /** The admin key of this space; made when there is none yet. */
  adminKey(): string;
  /** @throws Problem when the name is taken. */
  addSlot(name: string, options?: Partial<ScanOptions>): Promise<{ id: string }>;
  /** @param expires milliseconds since 1970; absent: never. @throws Problem for an unknown slot, or when it has two tokens. */
  issueToken(slot: string, options?: { readonly expires?: number | undefined }): Promise<IssuedToken>;
  revokeToken(slot: string, tokenId: string): Promise<void>;
  /** @param slot name or id; null for a network without one. @throws Problem */
  addNetwork(name: string, slot: string | null, options?: Partial<ScanOptions>): Promise<{ id: string }>;
  /** @param network name or id. @throws Problem when it has no slot or a scan of it is on its way. */
  startScan(network: string): Promise<{ id: string }>;
  cancelScan(scanId: string): Promise<void>;
  scan(scanId: string): Promise<Scan | undefined>;
  slots(): Promise<
    { id: string; name: string; enabled: boolean; connected: boolean; agent: string | null; tokens: TokenRow[] }[]
  >;
  networks(): Promise<{ id: string; name: string; slot: string | null; nodes: number; options: ScanOptions }[]>;
  scans(network: string, limit?: number): Promise<Scan[]>;
  /** Page by page, by address. */
  nodes(network: string, filter?: NodeFilter): AsyncGenerator<StoredNode & { managedNodeId: string; status: string }>;
  /** Keeps a copy of the bundle, whose head the caller has read. */
  addBundle(bundle: NewBundle, source: string): Promise<void>;
  /** @throws Problem for a version without a bundle, or an unknown slot */
  offerVersion(version: string, audience: Audience): Promise<Offered[]>;
  /** @returns how many offers were taken back */
  haltVersion(version: string): Promise<number>;
  updates(): Promise<{ bundles: BundleTable[]; offers: (ShownOffer & { slot: string; agent: string | null })[] }>;
  close(): Promise<void>;
}

/** @throws Failure E_STORAGE, E_PRIVILEGE when the directory cannot be used. */
export async function openSpace(directory: string, ports: { clock: Clock; random: Random }): Promise<OpenSpace> {
  const { clock, random } = ports;
  const storage = await openStorage(directory);
  const { db } = storage;
  const actions = new Actions(db, clock, random, () => undefined);
  const checked = (options: Partial<ScanOptions> | undefined) => parse(scanOptions, options);
  const idOf = async (table: 'slots' | 'networks', name: string): Promise<string> => {
    const row = await db
      .selectFrom(table)
      .select('id')
      .where((e) => e.or([e('id', '=', name), e('name', '=', name)]))
      .executeTakeFirst();
    if (row === undefined) throw problem(404, 'E_NOT_FOUND', `no ${table.slice(0, -1)} ${JSON.stringify(name)}`);
    return row.id;
  };
  return {
    adminKey: () => adminKeyIn(directory, random),
    addSlot: async (name, options) => ({ id: await actions.addSlot({ name, options: checked(options) }) }),
    issueToken: async (slot, options) => actions.issueToken(await idOf('slots', slot), options?.expires ?? null),
    revokeToken: async (slot, tokenId) => actions.revokeToken(await idOf('slots', slot), tokenId),
    addNetwork: async (name, slot, options) => ({
      id: await actions.addNetwork({
        name,
        slotId: slot === null ? null : await idOf('slots', slot),
        options: checked(options),
      }),
    }),
    startScan: async (network) => ({ id: (await actions.startScan(await idOf('networks', network))).scanId }),
    cancelScan: (scanId) => actions.cancelScan(scanId, 'cancelled on the command line'),
    scan: (scanId) => findScan(db, scanId),
    slots: async () => {
      const tokens = await listTokens(db);
      return (await listSlots(db)).map((slot) => ({
        id: slot.id,
        name: slot.name,
        enabled: slot.enabled === 1,
        connected: slot.connected_at !== null && slot.disconnected_at === null,
        agent: slot.agent_name,
        tokens: tokens.filter((token) => token.slotId === slot.id),
      }));
    },
    networks: async () => {
      const [rows, slots, counts] = await Promise.all([listNetworks(db), listSlots(db), countNodesByNetwork(db)]);
      return rows.map((row) => ({
        id: row.id,
        name: row.name,
        slot: slots.find((slot) => slot.id === row.slot_id)?.name ?? null,
        nodes: counts.get(row.id) ?? 0,
        options: readOptions(row.options),
      }));
    },
    scans: async (network, limit = 20) =>
      (await listScans(db, await idOf('networks', network), { offset: 0, limit })).items,
    nodes: async function* (network, filter = {}) {
      const id = await idOf('networks', network);
      for (let offset = 0; ; offset += 500) {
        const { items } = await listManagedNodes(db, id, filter, { offset, limit: 500, sort: 'address' });
        for (const { id: managedNodeId, status, document } of items) yield { ...document, managedNodeId, status };
        if (items.length < 500) return;
      }
    },
    addBundle: (bundle, source) => addBundle(db, directory, bundle, source, clock.now()),
    offerVersion: (version, audience) => actions.offerVersion(version, audience),
    haltVersion: (version) => actions.haltVersion(version),
    updates: async () => {
      const [bundles, offers, slots] = await Promise.all([listBundles(db), listOffers(db), listSlots(db)]);
      const slotOf = new Map(slots.map((slot) => [slot.id, slot]));
      const shown = offers.map((offer) => {
        const slot = slotOf.get(offer.slotId);
        return { ...offer, slot: slot?.name ?? '', agent: slot?.agent_version ?? null };
      });
      return { bundles, offers: shown };
    },
    close: () => storage.close(),
  };
}
