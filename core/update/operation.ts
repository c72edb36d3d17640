/**
 * `ksocket.update`: the space offers a version. The order is an ordinary operation, and so has one outcome across the restart in
 * which the version changes: the old version downloads, verifies, asks root and ends; whichever version runs then goes on from
 * the checkpoint and says what became of it.
 */
import {
  Checkpoint,
  type Clock,
  Failure,
  failure,
  type Operation,
  type OperationCall,
  operation,
} from '../contract/index.js';
import {
  compareVersions,
  type Platform,
  type UpdateInput,
  type UpdateRecord,
  updateInput,
  updateRecord,
} from '../wire/index.js';
import { forgetOffer, forgetRequest, readRequest, writeOffer, writeRequest } from './asked.js';
import { openBundle } from './bundle-file.js';
import { download, type SpaceFiles } from './download.js';
import { requireFit } from './judge.js';
import type { KeyRing } from './keys.js';
import type { Place } from './place.js';
import { activeOf } from './stage.js';
import { readState } from './state.js';
import { requireSignatures } from './trust.js';

export interface UpdateParts {
  readonly place: Place;
  readonly platform: Platform | undefined;
  /** The version of this program. */
  readonly version: string;
  readonly mode: 'off' | 'notify' | 'auto';
  readonly clock: Clock;
  readonly files: SpaceFiles;
  /** Resolves when the session has been ready, and a trial of this version has therefore passed. */
  readonly ready: Promise<void>;
  trust(): Promise<readonly KeyRing[]>;
  newId(): string;
  /** Begins no other operation until it is taken back, and resolves when none runs. */
  quiet(signal: AbortSignal): Promise<() => void>;
  /** Ends the process, to be started again. */
  restart(reason: string): void;
  /** Said to whoever looks at the service. */
  tell(text: string): void;
}

export const updateKind = 'ksocket.update';

/** Starts of the service that may pass without root having looked at a request: its unit has no such step. */
const maxRestarts = 3;

interface Waiting {
  readonly request: string;
  readonly restarts: number;
}

export const updateOperation = (parts: UpdateParts): Operation<UpdateInput, UpdateRecord> =>
  operation({
    name: updateKind,
    doc: 'Takes a version of Ksocket that the space offers: tells of it, or installs it (update.mode)',
    input: updateInput,
    output: updateRecord,
    class: 'safe',
    run: (call) => run(parts, call),
  });

async function* run(parts: UpdateParts, call: OperationCall<UpdateInput>): AsyncGenerator<UpdateRecord | Checkpoint> {
  const { place, mode, tell } = parts;
  const { version } = call.input;
  const says = (state: UpdateRecord['state'], reason?: string): UpdateRecord => ({
    type: 'update',
    version,
    state,
    ...(reason === undefined ? {} : { reason: reason.slice(0, 1024) }),
  });
  const waiting = call.resume as Waiting | undefined;
  if (waiting !== undefined) return yield* afterRestart(parts, call, waiting, says);
  if (compareVersions(version, parts.version) === 0) return yield says('confirmed');
  if (mode === 'off') throw failure('E_POLICY', 'update.mode is off');
  if (mode === 'notify') {
    await writeOffer(place, call.input);
    const text = `the space offers version ${version}; install it with: ksocket update apply`;
    call.log.info(text);
    tell(text);
    return yield says('noted');
  }
  try {
    await take(parts, call);
  } catch (error) {
    if (error instanceof Failure && error.code === 'E_UPDATE') yield says('refused', error.sentence);
    throw error;
  }
  yield says('downloaded');
  const id = parts.newId();
  await writeRequest(place, { id, version });
  yield says('staged');
  yield new Checkpoint({ request: id, restarts: 0 } satisfies Waiting);
  await restart(parts, call, `restarts to install version ${version}`);
}

/** Downloads and judges. Root judges again what it takes; this is for the reason, and to restart for nothing in vain. */
async function take(parts: UpdateParts, { input, signal, progress, log }: OperationCall<UpdateInput>): Promise<void> {
  const { place, platform } = parts;
  await activeOf(place);
  if (platform === undefined) throw failure('E_UNSUPPORTED', 'there are no updates for this system');
  if ((await readState(place.stateFile)).trial?.phase === 'staged')
    throw failure('E_BUSY', 'another version waits for its trial', { remedy: 'restart ksocket' });
  await forgetRequest(place);
  log.info(`downloads version ${input.version}`, { bytes: input.size });
  await download(parts.files, input, platform, place.incoming, signal, (done) =>
    progress({ done, total: input.size, note: `downloads version ${input.version}` }),
  );
  const bundle = await openBundle(place.incoming);
  try {
    requireSignatures(bundle.head, await parts.trust());
    const state = await readState(place.stateFile);
    const { manifest } = bundle.head;
    if (manifest.version !== input.version)
      throw failure('E_UPDATE', `the space offers ${input.version} and sends ${manifest.version}`);
    requireFit(manifest, { platform, version: parts.version, state, now: parts.clock.now(), byHand: false });
    await bundle.verifyPayload();
  } catch (error) {
    await forgetRequest(place);
    throw error;
  } finally {
    await bundle.close();
  }
}

async function* afterRestart(
  parts: UpdateParts,
  call: OperationCall<UpdateInput>,
  { request, restarts }: Waiting,
  says: (state: UpdateRecord['state'], reason?: string) => UpdateRecord,
): AsyncGenerator<UpdateRecord | Checkpoint> {
  const { place } = parts;
  const { version } = call.input;
  const { trial, last } = await readState(place.stateFile);
  const runsHere = compareVersions(version, parts.version) === 0;
  if (runsHere && (trial?.id === request || last?.id === request)) {
    await parts.ready;
    await forgetRequest(place);
    await forgetOffer(place);
    return yield says('confirmed');
  }
  if (last?.id === request) {
    await forgetRequest(place);
    const reason = last.reason ?? '';
    yield says(last.result === 'refused' ? 'refused' : 'rolled-back', reason);
    throw failure(
      'E_UPDATE',
      `version ${version} was ${last.result === 'refused' ? 'refused' : 'rolled back'}: ${reason}`,
    );
  }
  const isThere = (await readRequest(place))?.id === request;
  if (!isThere || restarts >= maxRestarts) {
    await forgetRequest(place);
    throw failure('E_UPDATE', `version ${version} was downloaded, and nobody installed it when ksocket was restarted`, {
      remedy: 'run it as the service that "ksocket service install" makes, or install it with: ksocket update apply',
    });
  }
  yield new Checkpoint({ request, restarts: restarts + 1 } satisfies Waiting);
  await restart(parts, call, `restarts once more to install version ${version}`);
}

/** Waits until nothing else runs, ends the process, and never returns: the run is left as it is, for the next process. */
async function restart(parts: UpdateParts, { signal, log }: OperationCall<unknown>, reason: string): Promise<void> {
  const takeBack = await parts.quiet(signal);
  try {
    log.info(reason);
    parts.restart(reason);
    await new Promise<never>((_, reject) => {
      const stop = () => reject(failure('E_CANCELLED', reason));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  } finally {
    // Taken back by the space, it is not to be installed by some later start; at the end of the process, it is.
    if ((signal.reason as { status?: unknown } | undefined)?.status !== 'drain') await forgetRequest(parts.place);
    takeBack();
  }
}
