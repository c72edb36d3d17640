/** Callbacks as promises that a signal ends, so that the end of a look ends everything at once. */
import type { Clock } from 'ksocket/plugin';

/** `start` begins the work and returns what ends it without a call of `done`. @throws the reason of the signal */
export function promised<T>(signal: AbortSignal, start: (done: (value: T) => void) => () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      end();
      reject(signal.reason);
    };
    const end = start((value) => {
      signal.removeEventListener('abort', abort);
      resolve(value);
    });
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

/** What `work` comes to, or undefined when it fails or takes longer. @throws the reason of the signal */
export function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: Promise<T | undefined>,
): Promise<T | undefined> {
  return promised(signal, (done) => {
    const cancel = clock.after(ms, () => done(undefined));
    const end = (value: T | undefined) => {
      cancel();
      done(value);
    };
    work.then(end, () => end(undefined));
    return cancel;
  });
}
