/** Breadth first through every state that can be reached, so that the first violation has the shortest trace. */
import { agentHears, agentSteps, type Step } from './agent-steps.js';
import { connecting, faults } from './faults.js';
import { spaceHears, spaceSteps } from './space-steps.js';
import { type Faults, initial, type State } from './state.js';
import { type Invariant, Violated, type WrongOrder } from './wrong-orders.js';

export interface Result {
  readonly states: number;
  readonly violation?: { readonly invariant: Invariant; readonly text: string; readonly trace: readonly string[] };
}

export interface CheckOptions {
  readonly faults: Faults;
  readonly wrong?: WrongOrder;
  /** One operation alone, so that more faults can be visited. */
  readonly only?: number;
}

export function check({ faults: budget, wrong, only }: CheckOptions): Result {
  const first = initial(budget, only);
  const seen = new Map<string, number>([[keyOf(first), 0]]);
  /** For the trace: the state before, and the step that led here. */
  const from: number[] = [-1];
  const names: string[] = [''];
  let layer: { state: State; id: number }[] = [{ state: first, id: 0 }];
  const traceTo = (id: number): string[] => {
    const trace: string[] = [];
    for (let it = id; it > 0; it = from[it]!) trace.unshift(names[it]!);
    return trace;
  };
  while (layer.length > 0) {
    const next: typeof layer = [];
    for (const { state, id } of layer) {
      try {
        let moves = 0;
        for (const { name, next: to } of progress(state, wrong)) {
          moves += 1;
          add(to, name, id, next);
        }
        // Every step of progress uses something up, so that whoever goes on without a fault ends in a state that has none left.
        if (moves === 0) finished(state);
        for (const { name, next: to } of faults(state)) add(to, name, id, next);
      } catch (error) {
        if (!(error instanceof Violated)) throw error;
        const { invariant, message: text } = error;
        return { states: seen.size, violation: { invariant, text, trace: traceTo(id) } };
      }
    }
    layer = next;
  }
  return { states: seen.size };

  function add(state: State, name: string, before: number, into: typeof layer): void {
    const key = keyOf(state);
    if (seen.has(key)) return;
    const id = from.length;
    seen.set(key, id);
    from.push(before);
    names.push(name);
    into.push({ state, id });
  }
}

function* progress(state: State, wrong: WrongOrder | undefined): Generator<Step> {
  yield* connecting(state, wrong);
  yield* agentSteps(state, wrong);
  yield* spaceSteps(state, wrong);
  const { link, late, agent, agentDisk, space, spaceDisk } = state;
  const [up] = link?.up ?? [];
  // One frame, one transaction: what is heard together only makes fewer moments at which a crash can come.
  if (link !== undefined && up !== undefined && space === spaceDisk)
    yield {
      name: `space: hear ${up.t} ${up.op}`,
      next: spaceHears({ ...state, link: { ...link, up: link.up.slice(1) } }, up, wrong),
    };
  const [down] = link?.down ?? [];
  if (link !== undefined && down !== undefined && (agent === agentDisk || wrong !== undefined))
    yield {
      name: `agent: hear ${down.t} ${down.op}`,
      next: agentHears({ ...state, link: { ...link, down: link.down.slice(1) } }, down, wrong),
    };
  if (late !== undefined) {
    const without = { ...state, late: undefined };
    const taken = wrong === 'frames of a replaced connection are taken';
    yield { name: `space: a late ${late.t} ${late.op}`, next: taken ? spaceHears(without, late, wrong) : without };
  }
}

/** Nothing moves any more: everything must have its outcome, and the agent must have forgotten it. */
function finished({ spaceDisk, agent, space }: State): void {
  for (const [op, it] of spaceDisk.entries()) {
    if (it.phase !== 'done' || space[op] !== it) throw new Violated('no outcome', `${op} is ${it.phase} for ever`);
    if (agent.ops[op]!.phase !== 'none') throw new Violated('no outcome', `the agent keeps ${op} for ever`);
  }
}

const parts = new WeakMap<object, string>();

/** The smallest parts are shared between states, so that most of them have their text already. */
function textOf(part: object): string {
  let text = parts.get(part);
  if (text === undefined) {
    text = Object.values(part).join();
    parts.set(part, text);
  }
  return text;
}

const textsOf = (list: readonly object[]): string => list.map(textOf).join(';');

function keyOf({ agent, agentDisk, space, spaceDisk, working, link, late, executions, faults: left }: State): string {
  const own = (it: typeof agent): string => `${textsOf(it.ops)};${it.maxSeen},${it.instance}`;
  const wire =
    link === undefined ? '' : `${textsOf(link.positions)};${link.seq};${textsOf(link.up)};${textsOf(link.down)}`;
  const rest = `${working};${executions};${late === undefined ? '' : textOf(late)};${textOf(left)}`;
  const disk = agentDisk === agent ? '' : own(agentDisk);
  return `${own(agent)}|${disk}|${textsOf(space)}|${spaceDisk === space ? '' : textsOf(spaceDisk)}|${wire}|${rest}`;
}
