/** What the two ends and the wire between them remember, small enough that every combination can be visited. */

/** An operation of the model: what its user ordered. */
export interface Kind {
  readonly maxRuns: number;
  readonly units: number;
  /** Units after which a checkpoint is written; 0 for none. */
  readonly checkpointAt: number;
}

export const kinds: readonly Kind[] = [
  { maxRuns: 2, units: 2, checkpointAt: 1 },
  { maxRuns: 1, units: 1, checkpointAt: 0 },
];

/** `ok`: the work was completed. `crashed`: its runs are used up. `forgotten`: E_FORGOTTEN, which no correct order leads to. */
export type Outcome = '' | 'ok' | 'crashed' | 'forgotten';

/** One operation in the agent's journal. A record is the number of the run that made it. */
export interface AgentOp {
  readonly phase: 'none' | 'accepted' | 'started' | 'done';
  readonly run: number;
  readonly records: readonly number[];
  readonly checkpoint: boolean;
  /** What each run kept. */
  readonly keeps: readonly number[];
  readonly acked: number;
  readonly outcome: Outcome;
}

export interface Agent {
  readonly ops: readonly AgentOp[];
  readonly maxSeen: number;
  readonly instance: number;
}

export interface SpaceOp {
  readonly phase: 'waiting' | 'issued' | 'accepted' | 'started' | 'done';
  readonly seq: number;
  readonly sentTo: number;
  readonly run: number;
  readonly records: readonly number[];
  readonly outcome: Outcome;
}

/** What one connection has carried of one operation, and what the space still owes on it. */
export interface Position {
  readonly accepted: boolean;
  readonly run: number;
  readonly sent: number;
  readonly done: boolean;
  readonly owesOp: boolean;
  readonly owesAck: boolean;
  readonly owesSettle: boolean;
}

export type Frame =
  | { readonly t: 'op'; readonly op: number; readonly seq: number; readonly firstRun: number }
  | { readonly t: 'ack'; readonly op: number; readonly run: number; readonly rec: number }
  | { readonly t: 'settle'; readonly op: number }
  | { readonly t: 'accept'; readonly op: number }
  | { readonly t: 'start'; readonly op: number; readonly run: number; readonly keep: number }
  | { readonly t: 'record'; readonly op: number; readonly run: number; readonly rec: number }
  | { readonly t: 'done'; readonly op: number; readonly records: readonly number[]; readonly outcome: Outcome };

export interface Link {
  readonly positions: readonly Position[];
  /** Highest opSeq given out on this connection. */
  readonly seq: number;
  readonly up: readonly Frame[];
  readonly down: readonly Frame[];
}

export interface State {
  /** What a process believes, and what is on its disk: they differ until the fsync. */
  readonly agent: Agent;
  readonly agentDisk: Agent;
  readonly space: readonly SpaceOp[];
  readonly spaceDisk: readonly SpaceOp[];
  /** Whether the agent's process works on an operation; it is about to once the run is written, and does so once it is on disk. */
  readonly working: readonly ('no' | 'about to' | 'yes')[];
  readonly link: Link | undefined;
  /** A frame of an earlier connection that still travels to the space. */
  readonly late: Frame | undefined;
  /** How often the target was really worked on. */
  readonly executions: readonly number[];
  /** Faults that may still happen: of each kind, and of all together. */
  readonly faults: Faults;
}

export interface Faults {
  readonly drops: number;
  readonly agent: number;
  readonly space: number;
  readonly reinstall: number;
  readonly total: number;
}

export const noOp: AgentOp = {
  ...{ phase: 'none', run: 0, records: [], checkpoint: false, keeps: [], acked: 0, outcome: '' },
};

const waiting: SpaceOp = { phase: 'waiting', seq: 0, sentTo: -1, run: 0, records: [], outcome: '' };

export const freshAgent = (instance: number): Agent => ({ ops: kinds.map(() => noOp), maxSeen: 0, instance });

/** @param only the one operation that is open; the others had their outcome long ago */
export function initial(faults: Faults, only?: number): State {
  const agent = freshAgent(0);
  const ended: SpaceOp = { ...waiting, phase: 'done', outcome: 'ok' };
  const space = kinds.map((_, op) => (only === undefined || only === op ? waiting : ended));
  return {
    ...{ agent, agentDisk: agent, space, spaceDisk: space, link: undefined, late: undefined, faults },
    working: kinds.map(() => 'no' as const),
    executions: kinds.map(() => 0),
  };
}

/** The same list with one item changed. */
export const at = <T>(list: readonly T[], index: number, change: Partial<T>): readonly T[] =>
  list.map((item, i) => (i === index ? { ...item, ...change } : item));

export const put = <T>(list: readonly T[], index: number, value: T): readonly T[] =>
  list.map((item, i) => (i === index ? value : item));
