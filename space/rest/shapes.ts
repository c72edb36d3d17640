/** Rows as JSON: the product's names and list shape, so that its published importers work, and ours beside them. */

import type { LiveProgress } from '../scan/live.js';
import { readOptions } from '../scan/options.js';
import type { ManagedNode, SnapshotNode } from '../storage/nodes.js';
import type { Scan } from '../storage/scans.js';
import type { NetworkTable, SlotTable, SnapshotTable } from '../storage/schema.js';
import type { TokenRow } from '../storage/tokens.js';
import type { ShownOffer } from '../updates/offers.js';

export const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export function networkShape(network: NetworkTable, nodes: number) {
  return {
    networkId: network.id,
    displayName: network.name,
    name: network.name,
    slotId: network.slot_id,
    ...readOptions(network.options),
    numberOfManagedNodes: nodes,
    createdAt: iso(network.created_at),
  };
}

export function slotShape(
  slot: SlotTable,
  connected: boolean,
  tokens: readonly TokenRow[],
  offers: readonly ShownOffer[],
) {
  const offer = offers.find(({ slotId }) => slotId === slot.id);
  return {
    slotId: slot.id,
    name: slot.name,
    enabled: slot.enabled === 1,
    connected,
    connectedAt: iso(slot.connected_at),
    disconnectedAt: connected ? null : iso(slot.disconnected_at),
    agent:
      slot.agent_name === null
        ? null
        : { name: slot.agent_name, version: slot.agent_version, os: slot.agent_os, mode: slot.agent_mode },
    update: offer === undefined ? null : { version: offer.version, state: offer.state, reason: offer.reason },
    ...readOptions(slot.options),
    tokens: tokens
      .filter((token) => token.slotId === slot.id)
      .map((token) => ({
        tokenId: token.id,
        createdAt: iso(token.createdAt),
        expiresAt: iso(token.expiresAt),
        lastUsedAt: iso(token.lastUsedAt),
      })),
    createdAt: iso(slot.created_at),
  };
}

export function scanShape(scan: Scan, connected: boolean, live: LiveProgress | undefined) {
  const progress = live ?? { ...scan.progress, rate: undefined, remaining: undefined };
  return {
    scanId: scan.id,
    networkId: scan.networkId,
    slotId: scan.slotId,
    status: scan.status,
    waitingForAgent: scan.status === 'queued' && !connected,
    code: scan.code,
    note: scan.note,
    cancelRequested: scan.cancelRequested,
    createdAt: iso(scan.createdAt),
    startedAt: iso(scan.startedAt),
    endedAt: iso(scan.endedAt),
    run: scan.run,
    records: scan.records,
    progress: {
      done: progress.done,
      total: progress.total,
      note: progress.note,
      rate: progress.rate ?? null,
      remainingSeconds: progress.remaining ?? null,
      counts: ('counts' in progress ? progress.counts : undefined) ?? {},
    },
    snapshotId: scan.snapshotId,
  };
}

export function snapshotShape(snapshot: SnapshotTable) {
  return {
    networkId: snapshot.network_id,
    snapshotId: snapshot.id,
    scanId: snapshot.scan_id,
    createdAt: iso(snapshot.taken_at),
    complete: snapshot.complete === 1,
    numberOfNodes: snapshot.nodes,
  };
}

/** In lists, the product's fields; what only one node's page shows comes with that node. */
function listed(node: ManagedNode | SnapshotNode) {
  const {
    sections: _,
    provenance: __,
    outcomes: ___,
    history: ____,
    key: _____,
    keys: ______,
    ...vendor
  } = node.document;
  return vendor;
}

export function managedNodeShape(node: ManagedNode, full: boolean) {
  return {
    networkId: node.network_id,
    managedNodeId: node.id,
    status: node.status,
    firstSeenAt: iso(node.first_seen),
    lastSeenAt: iso(node.last_seen),
    ...(full ? node.document : listed(node)),
  };
}

export function snapshotNodeShape(node: SnapshotNode, networkId: string, full: boolean) {
  return {
    networkId,
    snapshotId: node.snapshot_id,
    nodeId: node.id,
    managedNodeId: node.managed_node_id,
    ...(full ? node.document : listed(node)),
  };
}
