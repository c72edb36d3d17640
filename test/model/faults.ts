/** Connections and what ends them: a greeting with its reconciliation, drops, crashes of either end, an installation anew. */
import type { Step } from './agent-steps.js';
import { at, freshAgent, kinds, noOp, type Position, put, type SpaceOp, type State } from './state.js';
import { Violated, type WrongOrder } from './wrong-orders.js';

const unsaid: Position = {
  ...{ accepted: false, run: 0, sent: 0, done: false, owesOp: false, owesAck: false, owesSettle: false },
};

/** hello, welcome and ready as one step: one that is cut off in between changes nothing that lasts. */
export function* connecting(state: State, wrong: WrongOrder | undefined): Generator<Step> {
  if (state.link !== undefined || state.space !== state.spaceDisk) return;
  yield { name: 'connect', next: reconcile(state, wrong) };
}

function reconcile(state: State, wrong: WrongOrder | undefined): State {
  let { agent, space, working } = state;
  let positions: readonly Position[] = kinds.map(() => unsaid);
  for (const [op, mine] of agent.ops.entries()) {
    const theirs = space[op]!;
    if (mine.phase !== 'none' && theirs.phase !== 'done' && wrong === 'a space without a unique opId') {
      // What it ordered has no name for it: it tells the agent to forget it, and orders it once more.
      agent = { ...agent, ops: put(agent.ops, op, noOp) };
      working = put(working, op, 'no');
      space = at(space, op, { phase: 'waiting', run: 0, records: [] });
    } else if (mine.phase !== 'none') {
      if (theirs.phase === 'done') {
        agent = { ...agent, ops: put(agent.ops, op, noOp) };
        working = put(working, op, 'no');
      } else {
        if (theirs.phase === 'issued' || theirs.phase === 'waiting') space = at(space, op, { phase: 'accepted' });
        if (mine.acked > theirs.records.length)
          throw new Violated('records lost', `acknowledged records of ${op} are gone`);
        positions = at(positions, op, { accepted: true, run: theirs.run, sent: theirs.records.length });
      }
    } else if (theirs.phase !== 'done' && theirs.phase !== 'waiting') {
      const resent = resend(theirs, op, agent.instance, agent.maxSeen, wrong);
      if (resent === 'ask') positions = at(positions, op, { owesOp: true });
      else if (resent !== undefined) space = at(space, op, resent);
    }
  }
  return { ...state, agent, space, working, link: { positions, seq: agent.maxSeen, up: [], down: [] } };
}

/** An operation that is open here and not in the agent's journal (space/session/reconcile.ts). */
function resend(
  theirs: SpaceOp,
  op: number,
  instance: number,
  maxSeen: number,
  wrong: WrongOrder | undefined,
): 'ask' | Partial<SpaceOp> | undefined {
  if (wrong === 'an in-memory session where it does not') return undefined;
  if (wrong === 'an in-memory session where the space re-issues') return { phase: 'waiting', run: 0, records: [] };
  if (wrong === 'a space without a unique opId') return { phase: 'waiting', run: 0, records: [] };
  const sentHere = theirs.sentTo === instance;
  if (sentHere && theirs.seq <= maxSeen) return 'ask';
  // An installation that is gone may have begun every run before that, unheard.
  const neverArrived = sentHere && theirs.phase === 'issued';
  const forgetful =
    wrong === 'the first run is always run 1 after a reinstallation' || wrong === 'a dedupe window that expires';
  const used = forgetful ? 0 : neverArrived ? theirs.run : kinds[op]!.maxRuns;
  if (used >= kinds[op]!.maxRuns) return { phase: 'done', outcome: 'crashed' };
  return { phase: 'waiting', run: used, records: [] };
}

export function* faults(state: State): Generator<Step> {
  const { faults: left, link } = state;
  if (left.total === 0) return;
  const strike = (kind: 'drops' | 'agent' | 'space' | 'reinstall', name: string, change: Partial<State>): Step => ({
    name,
    next: { ...state, link: undefined, ...change, faults: { ...left, [kind]: left[kind] - 1, total: left.total - 1 } },
  });
  const idle = kinds.map(() => 'no' as const);
  // The first frame that was under way may arrive long after.
  if (left.drops > 0 && link !== undefined) yield strike('drops', 'DROP', { late: state.late ?? link.up[0] });
  if (left.agent > 0) yield strike('agent', 'CRASH of the agent', { agent: state.agentDisk, working: idle });
  if (left.space > 0) yield strike('space', 'CRASH of the space', { space: state.spaceDisk });
  if (left.reinstall > 0) {
    const agent = freshAgent(1);
    yield strike('reinstall', 'REINSTALLATION', { agent, agentDisk: agent, working: idle });
  }
}
