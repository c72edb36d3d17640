/**
 * The whole contract between Ksocket and its plug-ins. A plug-in is a value made by `scanMode`, `collector` or `plugin`;
 * importing it does nothing.
 *
 * The life of a plug-in:
 *  1. its manifest is judged, its module imported
 *  2. its settings are validated and frozen
 *  3. `setup(host)` is called once; it touches no network and starts no timer
 *  4. its parts are called, concurrently, each call with its own `call.signal`
 *  5. at the end every open call is aborted, then sessions are closed, newest first
 *
 * Parts are async generators or promises. They stop soon after `call.signal` aborts, clean up in `finally`, and throw a
 * `Failure` where the table of failures has a word for what happened.
 */
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Duplex } from 'node:stream';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Address, AddressRange } from './address.js';
import type { Clock, Logger, Random } from './ports.js';
import type { Neighbour, Section } from './sections/index.js';
import type { Candidate, Finding, Sighting } from './sighting.js';

/** Any schema that speaks Standard Schema, so that a plug-in may bring its own copy of zod, or another library. */
export type Schema<Out> = StandardSchemaV1<unknown, Out>;

/** What the core lends to a plug-in at set-up. */
export interface Host<Settings> {
  readonly settings: Readonly<Settings>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** A file of the plug-in’s own in etc/ksocket (`azure.toml`), or undefined when it does not exist. @throws Failure E_INPUT */
  file<T>(name: string, schema: Schema<T>): Promise<T | undefined>;
  readonly state: PluginState;
  /** Registers an operation that the space can issue. Its name begins with a namespace: `acme.ilo.power`. */
  operation<In, Out>(operation: Operation<In, Out>): void;
}

/** Small durable texts of a plug-in’s own in var/lib/ksocket. Commands beside the agent have them at the same time. */
export interface PluginState {
  read(name: string): Promise<string | undefined>;
  /** Replaces the whole text atomically, whoever has changed it meanwhile: for a text that only one process writes. */
  write(name: string, text: string): Promise<void>;
  /**
   * Changes what stands there now; nobody else’s update comes in between, of no process either.
   * @param change gets the text, and gives the new one; undefined leaves it as it is
   * @throws Failure E_STORAGE
   */
  update(name: string, change: (text: string | undefined) => string | undefined): Promise<void>;
  /** Another one whenever the text was written, by whatever process; undefined while there is none. Cheap enough to ask before each use. */
  version(name: string): Promise<string | undefined>;
}

/** One call of a part: its signal, and sockets that obey the operator’s policy and the credential file’s tunnels. */
export interface Call {
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** A connected byte stream. @throws Failure E_POLICY, E_UNREACHABLE, E_REFUSED, E_TIMEOUT, E_TUNNEL */
  connect(address: Address, port: number): Promise<Duplex>;
  /** A UDP socket connected to that one peer, so that datagrams of others never arrive. The caller closes it. */
  datagram(address: Address, port: number): Promise<DatagramSocket>;
  /** A file that the credential file names (a private key), absolute or relative to that file; at most 1 MiB. @throws Failure E_CREDENTIAL */
  fileBeside(filename: string): Promise<Buffer>;
  /** The hops that streams go through, the nearest to the agent first: the same address behind another hop is another host. */
  readonly via: readonly Address[];
  /** The operator’s policy on a host whose key is not known. A credential file may be stricter, never laxer. */
  readonly newHostKeys: 'accept' | 'refuse';
  /** Something that the operator should look at, whatever becomes of the call. It is also logged. */
  found(finding: Finding): void;
  /**
   * Ask this each time before a password, or whatever is made of one, leaves for the target: wrong ones count there against the account
   * of the credential file. Ask late: a host that answers nothing before that costs nobody anything. It may wait while another login
   * finds out whether the account’s secret is right: leave that time out of limits that are for the target. Keys need no asking. What
   * follows counts as a refusal unless the session opens, or the failure says that the host has refused something else:
   * E_LOGIN_METHOD, E_UNSUPPORTED, E_PRIVILEGE.
   * @param host what the target has proved to be, such as the fingerprint of its key, by which all of its addresses are one host; never
   * what it only says, or it could have an account spared at another host
   * @throws Failure E_LOCKOUT, E_CANCELLED, E_STORAGE
   */
  beforeSecret(host?: string): Promise<void>;
}

export interface Target {
  readonly address: Address;
  /** True when this is the machine the agent runs on. */
  readonly own: boolean;
}

/** Somebody who got in. The core calls one method at a time, and `close` once, whatever happened. */
export interface Session {
  /** Addresses that this host knows; they become candidates of the scan (step 4). */
  neighbours(): AsyncIterable<Neighbour>;
  /** What this host is, as it is read (step 5). A controller or hypervisor may yield sightings of what it manages. */
  inspect(): AsyncIterable<Section | Sighting>;
  /** What a session had read when it died that gives its sections only as a whole; asked where nobody gets in again. */
  remains?(): AsyncIterable<Section>;
  /** A byte stream to a place that this host can reach, for a collector that says `tunnels`. */
  forward?(address: Address, port: number): Promise<Duplex>;
  close(): void | Promise<void>;
}

/** A liveness probe that a credential makes possible: this datagram to this port; any answer proves the host alive. */
export interface Knock {
  readonly service: string;
  readonly port: number;
  readonly payload: Uint8Array;
}

/** A key by which a host proves who it is. `refused`: it was shown instead of the known one, and nobody has approved it. */
export interface HostKey {
  /** Undefined where the operator's file has it hashed. */
  readonly address: Address | undefined;
  readonly port: number | undefined;
  /** The hops behind which this host is, the nearest to the agent first. */
  readonly via?: readonly Address[] | undefined;
  /** In the protocol's words: `ssh-ed25519`. */
  readonly type: string;
  /** As the protocol's tools print it: `SHA256:…` */
  readonly fingerprint: string;
  readonly state: 'known' | 'revoked' | 'refused';
}

/** What `ksocket hostkeys` shows and changes, also while an agent runs. Without a port all ports of the address are meant. */
export interface HostKeys {
  list(): Promise<readonly HostKey[]>;
  /** Adds the keys of a file of the protocol's own tools. `skipped` says what was left out and why. */
  import(text: string): Promise<{ readonly added: number; readonly skipped: readonly string[] }>;
  /** The keys that were refused take the place of the known ones; none when none were. @throws Failure E_INPUT for a revoked one */
  approve(address: Address, port?: number): Promise<readonly HostKey[]>;
  /** What is known of it is forgotten, so that its next key is that of a new host. */
  forget(address: Address, port?: number): Promise<readonly HostKey[]>;
}

export interface CollectorParts<Credential> {
  /** Would I get in? Opens a session, cheaply, or throws a Failure. */
  open(target: Target, credential: Credential, call: Call): Promise<Session>;
  /** The agent’s own host, without a credential. */
  openOwn?(target: Target, call: Call): Promise<Session>;
  knock?(credential: Credential): Knock;
  /** Lines of `ksocket diagnostics`: is my library there, do my rights suffice? */
  diagnose?(): AsyncIterable<Diagnosis>;
  /** For a protocol whose hosts have keys. */
  readonly hostKeys?: HostKeys;
}

/** What can be learnt from a target. Credential files in etc/ksocket/credentials/<name> decide where it may try. */
export interface Collector<Settings = unknown, Credential = unknown> {
  readonly kind: 'collector';
  readonly name: string;
  /** One sentence. */
  readonly doc: string;
  readonly settings?: Schema<Settings>;
  /** A credential file without its `includes` and `excludes`, which the core reads. `account.username` there, or `authData.username`, is the account that the lockout guard spares, and secrets beside it are those that count (docs/decisions/0017). */
  readonly credential: Schema<Credential>;
  /** The field of credential files (of any collector) that lists hops which this collector’s sessions can `forward` through. */
  readonly tunnels?: string;
  setup(host: Host<Settings>): CollectorParts<Credential>;
}

export interface ScanCall extends Call {
  /** The start addresses and networks of the order, already counted. */
  readonly start: readonly AddressRange[];
  /** The operator's policy, asked again at the last moment before a packet leaves; with the port where there is one. */
  permits(address: Address, port?: number): boolean;
  /** Probes that the credential files of this address make possible. */
  knocks(address: Address): readonly Knock[];
  /** Upper bound of the order and the settings; packets a second, undefined = the mode’s own default. */
  readonly maxPacketRate: number | undefined;
}

export interface ScanModeParts {
  /** Where to begin. */
  candidates(scan: ScanCall): AsyncIterable<Candidate>;
  /**
   * What is seen of these addresses, as answers arrive, exactly one sighting for each; silence is `unknown`. Findings may
   * stand between them. A mode whose candidates are all sightings, such as a cloud’s API, has no `look`, and addresses learnt
   * later are then left alone.
   */
  look?(addresses: Iterable<Address>, scan: ScanCall): AsyncIterable<Sighting | Finding>;
  diagnose?(): AsyncIterable<Diagnosis>;
}

/** What is out there. One is chosen by operations.networksScanMode. */
export interface ScanMode<Settings = unknown> {
  readonly kind: 'scan-mode';
  readonly name: string;
  readonly doc: string;
  readonly settings?: Schema<Settings>;
  setup(host: Host<Settings>): ScanModeParts;
}

export interface OperationCall<In> {
  readonly input: In;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** State of the last checkpoint of an earlier run, when this run continues one. */
  readonly resume: unknown;
  /** Lossy, and cheap enough to call for every step. */
  progress(progress: Progress): void;
}

/** How far a run is. `done` of `total` are steps of unlike length; whoever knows better says the remaining time itself. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly note: string;
  /** The same in numbers, for programs: `alive`, `entered`, packets a second… */
  readonly counts?: Readonly<Record<string, number>> | undefined;
  readonly remainingSeconds?: number | undefined;
}

/** Yielded between records: everything before it is done, and a later run may begin from `state` (JSON). */
export class Checkpoint {
  constructor(readonly state: unknown) {}
}

/** Work that the space can order. Each yielded value becomes one durable record. */
export interface Operation<In = unknown, Out = unknown> {
  readonly name: string;
  readonly doc: string;
  readonly input: Schema<In>;
  readonly output: Schema<Out>;
  /** `safe` may run again after a crash; `once` never does. */
  readonly class: 'safe' | 'once';
  run(call: OperationCall<In>): AsyncIterable<Out | Checkpoint>;
}

/** One line of `ksocket diagnostics`. */
export interface Diagnosis {
  readonly title: string;
  readonly ok: boolean;
  readonly detail?: string | undefined;
  readonly remedy?: string | undefined;
  /** Not ok, but the work goes on: what stands in for it, or what is missed without it. Such a line fails nothing. */
  readonly instead?: string | undefined;
}

export const scanMode = <Settings>(mode: Omit<ScanMode<Settings>, 'kind'>): ScanMode<Settings> =>
  Object.freeze({ kind: 'scan-mode', ...mode });

export const collector = <Settings, Credential>(
  it: Omit<Collector<Settings, Credential>, 'kind'>,
): Collector<Settings, Credential> => Object.freeze({ kind: 'collector', ...it });

export const operation = <In, Out>(it: Operation<In, Out>): Operation<In, Out> => Object.freeze({ ...it });

// biome-ignore lint/suspicious/noExplicitAny: a list of plug-ins holds collectors of every credential type
export type Plugin = ScanMode<any> | Collector<any, any>;
