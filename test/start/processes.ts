/** Real processes of ours: `ksocket …` from dist, with what they say kept, and an end that waits for them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const ksocketProgram = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

/** Longer than the clean end of either process takes (the space closes its links, the agent its sessions). */
const graceMs = 10_000;

export interface Running {
  readonly child: ChildProcess;
  /** What it wrote to its standard error so far. */
  errors(): string;
  /** Resolves with its exit code (null after a signal). */
  readonly ended: Promise<number | null>;
  /** Asks it to end and waits; kills it when it does not. Safe twice. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export function watch(child: ChildProcess): Running {
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-64 * 1024);
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const gone = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    errors: () => errors,
    ended,
    async stop() {
      if (gone()) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
    async kill() {
      if (gone()) return;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export function spawnKsocket(args: readonly string[], home: string, env: NodeJS.ProcessEnv = {}): Running {
  return watch(
    spawn(process.execPath, [ksocketProgram, ...args], {
      // The channel tells it when we are gone, however we ended.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, KSOCKET_HOME: home, ...env },
    }),
  );
}

/** The first line that a process prints, or a clear end. */
export async function firstLine({ child, errors, ended }: Running): Promise<string> {
  let text = '';
  const stdout = child.stdout!.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    stdout.on('data', (more: string) => {
      text += more;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    void ended.then((code) => reject(new Error(`ended with ${code} before it was ready: ${errors().trim()}`)));
  });
}

/** All that a process prints; what it complains of when it ends badly. */
export async function outputOf({ child, errors, ended }: Running): Promise<string> {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const closed = once(child.stdout!, 'close');
  const code = await ended;
  await closed;
  if (code !== 0) throw new Error(`ended with ${code}: ${errors().trim()}`);
  return text;
}
