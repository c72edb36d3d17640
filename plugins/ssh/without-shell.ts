/**
 * A host that has let us in and gives no POSIX shell. If it runs single commands, they tell what the script would have told; if
 * it talks as network equipment does, it is asked through its own command line. Whoever is neither is left in peace.
 */
import { type Clock, Failure, type Neighbour, type Section } from 'ksocket/plugin';
import { isDevice } from './cli/dialects.js';
import { interview } from './cli/interview.js';
import { deviceNeighbours, deviceSections } from './cli/report.js';
import type { Login } from './login.js';
import { neighboursOf } from './report/neighbours.js';
import { sectionsOf } from './report/sections.js';
import { singleCommands } from './single-commands.js';
import type { Part } from './splitter.js';
import { startTerminalShell } from './terminal-shell.js';

/** Between the end of a channel and the end of its connection. */
const hangUpMs = 500;

export interface Told {
  readonly neighbours: readonly Neighbour[];
  readonly sections: readonly Section[];
}

export interface WithoutShellParts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly place: string;
  /** Devices with one channel a connection hang up after it, so there may have to be a second login. @throws Failure of login */
  again(): Promise<Login>;
}

/** @returns undefined where nothing can be learnt @throws Failure E_CANCELLED, and those of the second login */
export async function withoutShell(first: Login, parts: WithoutShellParts): Promise<Told | undefined> {
  const { clock, signal, place } = parts;
  const logins = [first];
  const open = async (): Promise<Login> => {
    const last = logins.at(-1) ?? first;
    if (last.isOpen()) return last;
    const login = await parts.again();
    logins.push(login);
    return login;
  };
  /**
   * The hang-up may come a moment after the channel was closed, in the middle of the next question; then it is asked again, on a
   * connection of its own. Whoever hangs up on that one means this question.
   */
  const once = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
    for (;;) {
      const before = logins.length;
      try {
        return await ask();
      } catch (error) {
        const code = error instanceof Failure ? error.code : undefined;
        if (code !== 'E_RESET' && code !== 'E_UNSUPPORTED') throw error;
        const login = logins.at(-1) ?? first;
        if (logins.length > before || !(await hangsUp(login))) return undefined;
      }
    }
  };
  const hangsUp = (login: Login): Promise<boolean> =>
    Promise.race([login.ended.then(() => true), clock.sleep(hangUpMs, signal).then(() => !login.isOpen())]);
  const hostKeys = () => [...new Set(logins.flatMap((it) => [...it.hostKeys]))];
  try {
    if (!isDevice(first.identification)) {
      const parts = new Map<string, Part>();
      const ending = await once(async () => singleCommands(await open(), { clock, signal }, parts));
      // A host that hangs up in the middle, and once more, has said something all the same.
      if (parts.has('kernel')) {
        const sections = [...sectionsOf({ parts, ending: ending ?? 'truncated' }, hostKeys())];
        return { neighbours: [...neighboursOf(parts)], sections };
      }
    }
    const start = async () => startTerminalShell(await open(), { clock, signal });
    const spoken = await once(() => interview({ clock, signal, place, start }));
    return spoken && { neighbours: [...deviceNeighbours(spoken)], sections: deviceSections(spoken, hostKeys()) };
  } finally {
    for (const it of logins.slice(1)) it.end();
  }
}
