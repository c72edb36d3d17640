/**
 * The tables as TypeScript sees them. Types are those that SQLite and PostgreSQL both have: text, integer, bigint. Times are
 * milliseconds since 1970, truth values 0 and 1, JSON is text; nothing relies on what only one of the two can do.
 */
import type { Kysely, Transaction } from 'kysely';

export interface MetaTable {
  name: string;
  value: string;
}

export interface SlotTable {
  id: string;
  name: string;
  enabled: number;
  /** Highest opSeq that was issued to the installation in `instance`. */
  seq: number;
  /** Connections accepted so far; the highest fences all older sockets. */
  epoch: number;
  /** Who holds the lease: the installation and process of the last accepted connection. */
  instance: string | null;
  boot: string | null;
  /** The connection of that process that was accepted last. */
  attempt: number;
  /** JSON list of processes that were replaced; one that comes back is a clone. */
  past_boots: string;
  last_frame_at: number | null;
  connected_at: number | null;
  disconnected_at: number | null;
  agent_name: string | null;
  agent_version: string | null;
  agent_os: string | null;
  agent_mode: string | null;
  /** Scan options of this slot as JSON; an empty field falls back to the network's. */
  options: string;
  created_at: number;
}

export interface TokenTable {
  id: string;
  slot_id: string;
  /** SHA-256 of the token in hexadecimal; the token itself is nowhere. */
  hash: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

export interface NetworkTable {
  id: string;
  name: string;
  slot_id: string | null;
  options: string;
  created_at: number;
}

export interface OperationTable {
  op_id: string;
  slot_id: string;
  /** Null until the operation is issued, which is durable before it is first sent. */
  op_seq: number | null;
  /** The installation it was last sent to. */
  sent_to: string | null;
  kind: string;
  kind_version: number;
  input: string;
  class: 'safe' | 'once';
  start_within: number;
  time_limit: number;
  max_runs: number;
  state: OperationState;
  /** Highest run that the agent reported; 0 before the first. */
  run: number;
  /** Records up to here were kept from the runs before. */
  keep: number;
  records: number;
  digest: string;
  status: string | null;
  code: string | null;
  note: string | null;
  cancel_reason: string | null;
  created_at: number;
  accepted_at: number | null;
  started_at: number | null;
  ended_at: number | null;
}

/** `waiting` (never sent), `issued` (has its opSeq, may be sent), then what the agent said. */
export type OperationState = 'waiting' | 'issued' | 'accepted' | 'started' | 'done';

export interface RecordTable {
  op_id: string;
  rec: number;
  run: number;
  body: string;
  /** The hash chain up to and including this record, so that a run can go on from any of them. */
  digest: string;
}

export interface ScanTable {
  id: string;
  network_id: string;
  slot_id: string;
  op_id: string;
  created_at: number;
  progress_done: number;
  progress_total: number;
  progress_note: string;
  snapshot_id: string | null;
}

export interface SnapshotTable {
  id: string;
  network_id: string;
  scan_id: string;
  taken_at: number;
  /** 1 when the scan ended well: only then is a node that is missing here lost. */
  complete: number;
  nodes: number;
  /** What the operator should look at, and the notes of the summary: JSON list of texts. */
  findings: string;
}

/** Columns that lists search, filter and sort by; the document says the same in full. */
export interface NodeColumns {
  display_name: string;
  /** `display_name` in lower case, so that both databases sort alike. */
  sort_name: string;
  /** First address as hexadecimal digits with its family in front, so that text order is numeric order. */
  sort_address: string;
  family: string;
  vendor: string;
  packages_count: number;
  updates_count: number;
  updated_at: string;
  succeeded_at: string;
  /** Everything that the search field looks at, in lower case. */
  search: string;
}

/** The long texts of a node, apart from what lists filter and sort by: 50,000 short rows stay in memory, documents do not. */
export interface DocumentTable {
  node_id: string;
  /** The node document without its packages. */
  document: string;
  /** The packages as a JSON list. */
  packages: string;
}

export interface SnapshotNodeTable extends NodeColumns {
  id: string;
  snapshot_id: string;
  managed_node_id: string;
}

export interface ManagedNodeTable extends NodeColumns {
  id: string;
  network_id: string;
  status: 'new' | 'existing' | 'lost';
  first_seen: number;
  last_seen: number;
}

export interface NodeKeyTable {
  network_id: string;
  node_key: string;
  managed_node_id: string;
}

export interface EventTable {
  id: string;
  at: number;
  kind: string;
  subject: string;
  detail: string;
}

/** A bundle of a version for a platform; the file lies in `updates/` beside the database. */
export interface BundleTable {
  version: string;
  platform: string;
  size: number;
  /** Of the file as a whole. */
  sha256: string;
  expires: string;
  added_at: number;
}

/** What a slot is offered at the moment; the operation says what became of it. */
export interface OfferTable {
  slot_id: string;
  version: string;
  platform: string;
  op_id: string;
  /** 1: taken back; nothing of it is handed out any more. */
  halted: number;
  created_at: number;
}

export interface Tables {
  meta: MetaTable;
  slots: SlotTable;
  tokens: TokenTable;
  networks: NetworkTable;
  operations: OperationTable;
  records: RecordTable;
  scans: ScanTable;
  snapshots: SnapshotTable;
  snapshot_nodes: SnapshotNodeTable;
  managed_nodes: ManagedNodeTable;
  documents: DocumentTable;
  node_keys: NodeKeyTable;
  events: EventTable;
  bundles: BundleTable;
  offers: OfferTable;
}

export type Database = Kysely<Tables>;
/** Either the database or a transaction on it. */
export type Queries = Kysely<Tables> | Transaction<Tables>;
