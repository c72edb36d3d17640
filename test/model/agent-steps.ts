/** What the agent can do next, by itself and with a frame of the space. */
import { type AgentOp, at, type Frame, kinds, noOp, put, type State } from './state.js';
import { Violated, type WrongOrder } from './wrong-orders.js';

export interface Step {
  readonly name: string;
  readonly next: State;
}

/** Frames that may be under way in one direction. More add states and no orders: each end takes them one by one. */
export const capacity = 1;

const inMemory = (wrong: WrongOrder | undefined): boolean =>
  wrong === 'an in-memory session where the space re-issues' || wrong === 'an in-memory session where it does not';

/** Orders of the agent's own steps that do not wait for the disk. */
const hasty = (wrong: WrongOrder | undefined): boolean =>
  wrong === 'accept before fsync' ||
  wrong === 'the dedupe mark is written after work starts' ||
  wrong === 'the result is only in memory after its state is removed';

const own = (state: State, op: number, change: Partial<AgentOp>): State => ({
  ...state,
  agent: { ...state.agent, ops: at(state.agent.ops, op, change) },
});

export function* agentSteps(state: State, wrong: WrongOrder | undefined): Generator<Step> {
  const { agent, agentDisk } = state;
  if (agent !== agentDisk && !inMemory(wrong)) {
    yield { name: 'agent: fsync', next: { ...state, agentDisk: agent } };
    // A call of the journal returns when the disk has it: a correct agent does nothing in between.
    if (!hasty(wrong)) return;
  }
  for (const [op, it] of agent.ops.entries()) {
    const { maxRuns, units, checkpointAt } = kinds[op]!;
    const synced = inMemory(wrong) || agentDisk.ops[op] === it;
    const working = state.working[op]!;
    if (working === 'about to' && synced) yield begin(state, op);
    if (working === 'no' && synced && (it.phase === 'accepted' || it.phase === 'started')) {
      if (it.run >= maxRuns)
        yield { name: `agent: runs of ${op} are used up`, next: own(state, op, { phase: 'done', outcome: 'crashed' }) };
      else if (!busy(agent, op)) yield { name: `agent: start ${op}`, next: startRun(state, op) };
    }
    if (working !== 'yes') continue;
    const { length } = it.records;
    if (length < units)
      yield { name: `agent: unit ${length + 1} of ${op}`, next: own(state, op, { records: [...it.records, it.run] }) };
    if (length === checkpointAt && checkpointAt > 0 && !it.checkpoint)
      yield { name: `agent: checkpoint of ${op}`, next: own(state, op, { checkpoint: true }) };
    if (length === units) yield { name: `agent: ${op} is done`, next: finish(state, op, wrong) };
  }
  if (wrong === 'a dedupe window that expires')
    for (const [op, it] of agentDisk.ops.entries())
      if (it.phase === 'done') {
        const expired = { ...agentDisk, ops: put(agentDisk.ops, op, noOp), maxSeen: 0 };
        yield { name: `agent: ${op} expires`, next: { ...state, agent: expired, agentDisk: expired } };
      }
  yield* sending(state, wrong);
}

/** maxRunningOperations is 1 here, which leaves out interleavings of two runs that share nothing. */
const busy = (agent: State['agent'], op: number): boolean =>
  agent.ops.some((it, other) => other !== op && it.phase === 'started');

function begin(state: State, op: number): Step {
  const executions = put(state.executions, op, state.executions[op]! + 1);
  if (executions[op]! > kinds[op]!.maxRuns)
    throw new Violated('over-run', `${op} is worked on ${executions[op]} times`);
  return {
    name: `agent: work on ${op} begins`,
    next: { ...state, executions, working: put(state.working, op, 'yes') },
  };
}

function startRun(state: State, op: number): State {
  const it = state.agent.ops[op]!;
  const keep = it.checkpoint ? kinds[op]!.checkpointAt : 0;
  const about = { ...state, working: put(state.working, op, 'about to' as const) };
  return own(about, op, {
    ...{ phase: 'started', run: it.run + 1, records: it.records.slice(0, keep), acked: Math.min(it.acked, keep) },
    keeps: [...it.keeps, keep],
  });
}

function finish(state: State, op: number, wrong: WrongOrder | undefined): State {
  const next = { ...own(state, op, { phase: 'done', outcome: 'ok' }), working: put(state.working, op, 'no') };
  if (wrong !== 'the result is only in memory after its state is removed') return next;
  return { ...next, agentDisk: { ...state.agentDisk, ops: put(state.agentDisk.ops, op, noOp) } };
}

/** What the journal holds, once it is on disk, compared with what this connection has carried. */
function* sending(state: State, wrong: WrongOrder | undefined): Generator<Step> {
  const { link } = state;
  if (link === undefined || link.up.length >= capacity) return;
  for (const [op, position] of link.positions.entries()) {
    const early =
      inMemory(wrong) ||
      wrong === 'the result is only in memory after its state is removed' ||
      wrong === 'the dedupe mark is written after work starts' ||
      (wrong === 'accept before fsync' && !position.accepted);
    const it = state.agent.ops[op]!;
    if (it.phase === 'none' || (!early && it !== state.agentDisk.ops[op])) continue;
    const send = (frame: Frame, change: Partial<typeof position>): Step => ({
      name: `agent: send ${frame.t} ${op}`,
      next: {
        ...state,
        link: { ...link, up: [...link.up, frame], positions: at(link.positions, op, change) },
      },
    });
    if (!position.accepted) {
      if (wrong === 'accept before fsync' && state.agentDisk.ops[op]!.phase === 'none')
        throw new Violated('promise before fsync', `accept ${op}`);
      yield send({ t: 'accept', op }, { accepted: true });
    } else if (position.run < it.run && it.keeps.length > 0) {
      const keep = Math.min(...it.keeps.slice(-(it.run - position.run)));
      yield send({ t: 'start', op, run: it.run, keep }, { run: it.run, sent: Math.min(position.sent, keep) });
    } else if (position.sent < it.records.length && position.run === it.run) {
      if (position.sent < it.acked) throw new Violated('records lost', `record ${position.sent + 1} of ${op} is gone`);
      const rec = position.sent + 1;
      yield send({ t: 'record', op, run: it.records[rec - 1]!, rec }, { sent: rec });
    } else if (it.phase === 'done' && !position.done)
      yield send({ t: 'done', op, records: it.records, outcome: it.outcome }, { done: true });
  }
}

export function agentHears(state: State, frame: Frame, wrong: WrongOrder | undefined): State {
  const { agent } = state;
  const it = agent.ops[frame.op]!;
  if (frame.t === 'ack') {
    const ofThisRun = it.run === frame.run || wrong === 'an acknowledgement of an earlier run is taken';
    return it.phase === 'none' || !ofThisRun ? state : own(state, frame.op, { acked: Math.max(it.acked, frame.rec) });
  }
  if (frame.t === 'settle')
    return {
      ...state,
      agent: { ...agent, ops: put(agent.ops, frame.op, noOp) },
      working: put(state.working, frame.op, 'no'),
    };
  if (frame.t !== 'op') return state;
  const sameOrder = wrong !== 'a space without a unique opId' || frame.seq <= agent.maxSeen;
  if (it.phase !== 'none' && sameOrder) return state;
  if (frame.seq <= agent.maxSeen) {
    const { link } = state;
    if (link === undefined) return state;
    const answer: Frame = { t: 'done', op: frame.op, records: [], outcome: 'forgotten' };
    return { ...state, link: { ...link, up: [...link.up, answer] } };
  }
  const taken: AgentOp = { ...noOp, phase: 'accepted', run: frame.firstRun - 1, keeps: [] };
  const next: State = {
    ...state,
    agent: { ...agent, ops: put(agent.ops, frame.op, taken), maxSeen: frame.seq },
    working: put(state.working, frame.op, 'no'),
  };
  if (wrong !== 'the dedupe mark is written after work starts') return next;
  return begin(startRun(next, frame.op), frame.op).next;
}
