/** The agent’s own host: the same script, in a child process instead of an SSH channel. No shell on the agent ever sees a value from outside. */
import { spawn } from 'node:child_process';
import { type Call, failure, type Host, type Target } from 'ksocket/plugin';
import { Run, type Shell } from './run.js';
import { ScriptSession } from './session.js';

/** @throws Failure E_UNSUPPORTED on Windows */
export function openOwnHost({ address }: Target, { signal }: Call, { clock, random }: Host<unknown>): ScriptSession {
  const place = `inspect ${address}`;
  if (process.platform === 'win32') throw failure('E_UNSUPPORTED', place);
  const run = new Run({ clock, random, signal, place, sudo: false, start: startOwnShell });
  return new ScriptSession(run, () => []);
}

/** @throws Failure E_UNSUPPORTED where there is no POSIX shell */
async function startOwnShell(): Promise<Shell> {
  const place = 'run /bin/sh on the own host';
  const child = spawn('/bin/sh', [], {
    cwd: '/',
    // The agent’s own environment may hold tokens; a child needs a path and no more.
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['pipe', 'pipe', 'ignore'],
    // Its own process group, so that `stop` reaches the commands that it has started.
    detached: true,
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(failure('E_UNSUPPORTED', place, { cause })));
  });
  child.on('error', () => undefined);
  return {
    input: child.stdin,
    output: child.stdout,
    stop() {
      child.stdout.destroy();
      child.stdin.destroy();
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // ESRCH: the whole group has ended already.
      }
    },
  };
}
