/**
 * Before every start of the service, as root: judges a trial, and installs what the agent asks for. Each step is on the disk
 * before the next begins; after a kill between any two of them the next call goes on, and the launcher finds a version that
 * starts at every moment. It runs from the slot that is known to work (the launcher's `settled`), never from the one on trial.
 */
import { sentenceOf } from '../contract/index.js';
import { compareVersions } from '../wire/index.js';
import { readMark, readRequest } from './asked.js';
import type { SlotName } from './place.js';
import { activeOf, judge, type RootParts, stage } from './stage.js';
import { readState, type Trial, type UpdateState, withBad, writeState } from './state.js';

/** A version that ends so often without having been ready is not waited for: a crash at its start takes no ten minutes. */
const maxStarts = 3;
/** A request that kills us (no memory, no power) is given up. */
const maxAttempts = 3;

export interface Settled {
  readonly state: UpdateState;
  /** This program's own slot is the one to be replaced: the other slot's program should go on. */
  readonly goOn: boolean;
}

/** @throws Failure E_STORAGE, E_UNSUPPORTED: the start goes on with what is there */
export async function settle(parts: RootParts): Promise<Settled> {
  const { place } = parts;
  const active = await activeOf(place);
  const trial = await currentTrial(parts);
  if (trial !== null && !(await settleTrial(parts, trial))) return done(parts);
  if (trial === null) await place.point('settled', active);
  const request = await readRequest(place);
  if (request === undefined) return done(parts);
  const state = await readState(place.stateFile);
  const known = state.request?.id === request.id ? state.request : { id: request.id, attempts: 0, done: false };
  if (known.done) return done(parts);
  if (parts.own !== undefined && parts.own !== (await activeOf(place))) return { state, goOn: true };
  await fulfil(parts, state, request, known.attempts + 1);
  return done(parts);
}

/** A trial that somebody else has ended: an installer put another version into the slot, or pointed the launcher elsewhere. */
async function currentTrial({ place, told }: RootParts): Promise<Trial | null> {
  const state = await readState(place.stateFile);
  const { trial } = state;
  if (trial === null) return null;
  const active = await activeOf(place);
  const isIts = place.versionIn(trial.slot) === trial.version;
  if (isIts && (trial.phase !== 'running' || active === trial.slot) && !isOvertaken(place, trial, active)) return trial;
  await writeState(place.stateFile, finished(state, trial.id));
  await told(`the trial of version ${trial.version} is void: another version was installed`);
  return null;
}

/** A package of the system put something newer beside it before its first start. */
const isOvertaken = (place: RootParts['place'], { phase, slot, version }: Trial, active: SlotName): boolean =>
  phase === 'staged' && active !== slot && compareVersions(version, place.versionIn(active) ?? '0.0') <= 0;

const done = async ({ place }: RootParts): Promise<Settled> => ({
  state: await readState(place.stateFile),
  goOn: false,
});

/**
 * @param options.judgeOnly confirms what has shown that it works and leaves everything else as it is: no start is going on
 * @returns whether it is over and well, so that something new may begin
 */
export async function settleTrial(parts: RootParts, trial: Trial, { judgeOnly = false } = {}): Promise<boolean> {
  const { place, told } = parts;
  const change = async (to: Partial<Trial>): Promise<void> =>
    writeState(place.stateFile, { ...(await readState(place.stateFile)), trial: { ...trial, ...to } });
  const mark = await readMark(place);
  const said = mark?.id === trial.id ? mark : undefined;
  if (trial.phase === 'running' && said?.result === 'ready') {
    await confirm(parts, trial);
    return true;
  }
  if (judgeOnly) return false;
  if (trial.phase === 'staged') {
    await place.point('active', trial.slot);
    await told('switched');
    await change({ phase: 'running', starts: 1, at: time(parts) });
    await told(`version ${trial.version} is on trial`);
    return false;
  }
  if (trial.phase === 'back') {
    await goBack(parts, trial);
    return false;
  }
  if (said === undefined && trial.starts < maxStarts) {
    await change({ starts: trial.starts + 1 });
    await told(`version ${trial.version} starts for the ${trial.starts + 1}. time`);
    return false;
  }
  await abandon(parts, trial, said?.reason ?? `it ended ${trial.starts} times without having been ready`);
  return false;
}

/** Ends the trial at once, in the slot where it came from. */
export async function abandon(parts: RootParts, trial: Trial, reason: string): Promise<void> {
  const { place } = parts;
  const failed: Trial = { ...trial, phase: 'back', reason: reason.slice(0, 1024) };
  await writeState(place.stateFile, { ...(await readState(place.stateFile)), trial: failed });
  await parts.told(`version ${trial.version} failed: ${reason}`);
  await goBack(parts, failed);
}

async function confirm(parts: RootParts, { id, version, slot }: Trial): Promise<void> {
  const { place, told } = parts;
  const state = await readState(place.stateFile);
  await writeState(place.stateFile, {
    ...finished(state, id),
    bad: state.bad.filter((it) => it.version !== version),
    last: { version, id, result: 'confirmed', at: time(parts) },
  });
  await told(`version ${version} is confirmed`);
  await place.point('settled', slot);
  await told('settled');
}

async function goBack(parts: RootParts, { id, version, from, reason = '' }: Trial): Promise<void> {
  const { place, told } = parts;
  await place.point('active', from);
  await told('switched back');
  const state = await readState(place.stateFile);
  const at = time(parts);
  await writeState(place.stateFile, {
    ...withBad(finished(state, id), { version, reason, at }),
    last: { version, id, result: 'rolled-back', reason, at },
  });
  await told(`version ${version} is rolled back`);
}

async function fulfil(
  parts: RootParts,
  state: UpdateState,
  { id, version }: { id: string; version: string },
  attempts: number,
): Promise<void> {
  const { place } = parts;
  await writeState(place.stateFile, { ...state, request: { id, attempts, done: false } });
  await parts.told('request taken');
  try {
    if (attempts > maxAttempts) throw new Error(`installing it was cut off ${maxAttempts} times`);
    const bundle = await judge(parts, place.incoming, false);
    try {
      await stage(parts, bundle, id);
    } finally {
      await bundle.close();
    }
  } catch (error) {
    const reason = sentenceOf(error).slice(0, 1024);
    await writeState(place.stateFile, {
      ...finished(await readState(place.stateFile), id),
      last: { version, id, result: 'refused', reason, at: time(parts) },
    });
    await parts.told(`version ${version} is refused: ${reason}`);
    return;
  }
  const { trial } = await readState(place.stateFile);
  if (trial !== null) await settleTrial(parts, trial);
}

const finished = (state: UpdateState, id: string): UpdateState => ({
  ...state,
  trial: null,
  request: state.request?.id === id ? { ...state.request, done: true } : state.request,
});

const time = ({ now }: RootParts): string => new Date(now()).toISOString();
