/** What the space can do next, by itself and with a frame of the agent. */
import { capacity, type Step } from './agent-steps.js';
import { at, type Frame, type SpaceOp, type State } from './state.js';
import { Violated, type WrongOrder } from './wrong-orders.js';

const own = (state: State, op: number, change: Partial<SpaceOp>): State => ({
  ...state,
  space: at(state.space, op, change),
});

export function* spaceSteps(state: State, wrong: WrongOrder | undefined): Generator<Step> {
  const { link, space, spaceDisk } = state;
  if (space !== spaceDisk) yield { name: 'space: fsync', next: fsync(state) };
  if (link === undefined) return;
  const next = space.findIndex((it) => it.phase === 'waiting');
  if (next >= 0 && space === spaceDisk) yield { name: `space: issue ${next}`, next: issue(state, next) };
  if (link.down.length >= capacity) return;
  for (const [op, position] of link.positions.entries()) {
    const synced = space[op] === spaceDisk[op];
    const send = (frame: Frame, change: Partial<typeof position>): Step => ({
      name: `space: send ${frame.t} ${op}`,
      next: { ...state, link: { ...link, down: [...link.down, frame], positions: at(link.positions, op, change) } },
    });
    const it = space[op]!;
    // In the order of their numbers: the agent takes a lower one that comes later for one that it has settled.
    const first = !link.positions.some((other, i) => other.owesOp && space[i]!.seq < it.seq);
    if (position.owesOp && synced && first)
      yield send({ t: 'op', op, seq: it.seq, firstRun: it.run + 1 }, { owesOp: false });
    if (position.owesAck && (synced || wrong === 'ack before the space’s fsync')) {
      if (!synced) throw new Violated('promise before fsync', `ack ${op}`);
      yield send({ t: 'ack', op, run: it.run, rec: it.records.length }, { owesAck: false });
    }
    if (position.owesSettle && (synced || wrong === 'settle before the space’s own fsync')) {
      if (!synced) throw new Violated('promise before fsync', `settle ${op}`);
      yield send({ t: 'settle', op }, { owesSettle: false });
    }
  }
}

function fsync(state: State): State {
  for (const [op, it] of state.spaceDisk.entries())
    if (it.phase === 'done' && it !== state.space[op]) throw new Violated('second outcome', `${op} was ${it.outcome}`);
  return { ...state, spaceDisk: state.space };
}

function issue(state: State, op: number): State {
  const link = state.link!;
  const seq = link.seq + 1;
  const issued = own(state, op, { phase: 'issued', seq, sentTo: state.agent.instance, records: [] });
  return { ...issued, link: { ...link, seq, positions: at(link.positions, op, { owesOp: true }) } };
}

const owing = (state: State, op: number, change: { owesAck?: boolean; owesSettle?: boolean }): State =>
  state.link === undefined
    ? state
    : { ...state, link: { ...state.link, positions: at(state.link.positions, op, change) } };

export function spaceHears(state: State, frame: Frame, wrong: WrongOrder | undefined): State {
  const { op } = frame;
  const it = state.space[op]!;
  // Its one outcome is there: said again, it is settled again.
  if (it.phase === 'done') return frame.t === 'done' ? owing(state, op, { owesSettle: true }) : state;
  switch (frame.t) {
    case 'accept':
      return it.phase === 'issued' ? own(state, op, { phase: 'accepted' }) : state;
    case 'start': {
      if (frame.run <= it.run) return state;
      const keep = wrong === 'a re-run that drops kept records' ? 0 : frame.keep;
      return own(state, op, { phase: 'started', run: frame.run, records: it.records.slice(0, keep) });
    }
    case 'record': {
      if (frame.rec <= it.records.length) return owing(state, op, { owesAck: true });
      if (frame.rec > it.records.length + 1)
        throw new Violated('records lost', `record ${frame.rec} of ${op} after ${it.records.length}`);
      return owing(own(state, op, { records: [...it.records, frame.run] }), op, { owesAck: true });
    }
    case 'done':
      judge(it, frame, op, state);
      return owing(own(state, op, { phase: 'done', outcome: frame.outcome }), op, { owesSettle: true });
    default:
      return state;
  }
}

/** The count and the digest of the protocol, with the run that made a record as its content. */
function judge(it: SpaceOp, { records, outcome }: Frame & { t: 'done' }, op: number, state: State): void {
  if (outcome === 'forgotten') throw new Violated('result lost', `the agent has forgotten ${op}, which has no outcome`);
  if (records.length !== it.records.length)
    throw new Violated('records lost', `${it.records.length} of ${records.length} records of ${op}`);
  if (records.some((run, i) => run !== it.records[i]))
    throw new Violated('records mixed', `${it.records} instead of ${records}`);
  if (outcome === 'ok' && state.executions[op] === 0)
    throw new Violated('not completed', `${op} is ok and was never worked on`);
}
