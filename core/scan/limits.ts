/** Waiting for a plug-in that may never answer: every wait ends with its signal, or at its time limit. */
import { setMaxListeners } from 'node:events';
import { asFailure, type Clock, failure } from '../contract/index.js';

/** No single login may hold a scan longer, whatever the credential file says (its `timeout` is for one step). */
const openSeconds = 60;
/** A goodbye that takes longer is not heard by anybody. */
const closeSeconds = 2;
const never = new AbortController().signal;
setMaxListeners(0, never);

/** A wait that is not the plug-in's: the time limit does not run meanwhile. */
export type Unhurried = <T>(wait: () => Promise<T>) => Promise<T>;

/**
 * Runs one part of a plug-in under a signal of its own that ends with the call's, or at the time limit. `late` gets a value
 * that arrives after that, to close it. @throws Failure
 */
export async function limited<T>(
  parts: { readonly clock: Clock },
  signal: AbortSignal,
  place: string,
  work: (signal: AbortSignal, unhurried: Unhurried) => Promise<T>,
  late: (value: T) => unknown = () => undefined,
  seconds = openSeconds,
): Promise<T> {
  const abort = new AbortController();
  const stop = () => abort.abort(failure('E_CANCELLED', place));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const { clock } = parts;
  const tooLate = () => abort.abort(failure('E_TIMEOUT', place));
  let [left, began] = [seconds * 1000, clock.monotonic()];
  let takeBack = clock.after(left, tooLate);
  let waits = 0;
  let isOver = false;
  const unhurried: Unhurried = async (wait) => {
    if (++waits === 1) {
      takeBack();
      left -= clock.monotonic() - began;
    }
    try {
      return await wait();
    } finally {
      if (--waits === 0 && !isOver) [began, takeBack] = [clock.monotonic(), clock.after(Math.max(0, left), tooLate)];
    }
  };
  try {
    return await new Promise<T>((resolve, reject) => {
      abort.signal.addEventListener('abort', () => reject(abort.signal.reason), { once: true });
      if (abort.signal.aborted) return reject(abort.signal.reason);
      (async () => work(abort.signal, unhurried))().then(
        (value) => {
          if (!abort.signal.aborted) return resolve(value);
          // Nobody waits for it any more, so nobody hears what becomes of it.
          Promise.resolve(value)
            .then(late)
            .catch(() => undefined);
        },
        (error) => reject(asFailure(error, place)),
      );
    });
  } finally {
    isOver = true;
    takeBack();
    signal.removeEventListener('abort', stop);
  }
}

/** The end of a part, which may hang or fail like the rest of it. Never throws. */
export async function ending(
  parts: { readonly clock: Clock },
  place: string,
  work: () => unknown,
  heard: (fault: unknown) => void = () => undefined,
): Promise<void> {
  await limited(parts, never, place, async () => work(), undefined, closeSeconds).catch(heard);
}

/** The values of a part until the signal ends, even if the part does not obey it. @throws Failure */
export async function* untilEnded<T>(
  parts: { readonly clock: Clock },
  signal: AbortSignal,
  place: string,
  values: AsyncIterable<T>,
): AsyncGenerator<T> {
  const iterator = values[Symbol.asyncIterator]();
  // One listener for all values: a scan has a hundred thousand of them.
  let stop = (): void => undefined;
  const onAbort = () => stop();
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        stop = () => reject(failure('E_CANCELLED', place));
        if (signal.aborted) stop();
        iterator.next().then(resolve, (error) => reject(asFailure(error, place)));
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    await ending(parts, place, () => iterator.return?.());
  }
}
