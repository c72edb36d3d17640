/**
 * One session of a collector from its opening to its end. Its signal lives as long as the session: it aborts when the opening
 * takes too long, when the scan is cancelled and when the session is closed.
 */
import { setMaxListeners } from 'node:events';
import { type Clock, failure, type Logger, type Session, sentenceOf } from '../contract/index.js';
import { ending, limited, type Unhurried } from './limits.js';

export interface Opened {
  readonly session: Session;
  /** Says goodbye, in bounded time, then ends the signal; never throws. */
  close(): Promise<void>;
}

/** @throws Failure what the collector says, E_TIMEOUT, E_CANCELLED */
export async function openSession(
  parts: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
  place: string,
  open: (life: AbortSignal, unhurried: Unhurried) => Promise<Session>,
): Promise<Opened> {
  const life = new AbortController();
  // A session listens once for each of its commands.
  setMaxListeners(0, life.signal);
  const stop = () => life.abort(failure('E_CANCELLED', place));
  signal.addEventListener('abort', stop, { once: true });
  const end = () => {
    signal.removeEventListener('abort', stop);
    stop();
  };
  try {
    const session = await limited(
      parts,
      signal,
      place,
      (opening, unhurried) => {
        opening.addEventListener('abort', () => life.abort(opening.reason), { once: true });
        return open(life.signal, unhurried);
      },
      (late) => late.close(),
    );
    return {
      session,
      async close() {
        await ending(
          parts,
          `close ${place}`,
          () => session.close(),
          (fault) => parts.log.debug(`a session does not end well: ${sentenceOf(fault)}`),
        );
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
