/** Starts the lab's processes and learns their PIDs; holds the pipe that is the life of all of them. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { host, root } from './inside.js';
import { searchPath } from './run.js';

export interface Machines {
  /** PID, as this process counts, of each host's and switch's process 1. */
  readonly pids: ReadonlyMap<string, number>;
  /** Ends every process of the lab and removes its folder; resolves when all of it has happened. */
  end(): Promise<void>;
}

/** Starts one process 1 for each name and waits until all have their files in place. Throws with the log when one cannot. */
export async function boot(folder: string, names: readonly string[]): Promise<Machines> {
  await writeFile(join(folder, 'root.sh'), root);
  await writeFile(join(folder, 'host.sh'), host);
  const logFile = join(folder, 'boot.log');
  const log = await open(logFile, 'w');
  const args = ['--pid', '--mount', '--fork', '--kill-child', 'sh', join(folder, 'root.sh'), folder, ...names];
  const child = spawn('unshare', args, {
    // A session of its own: Ctrl-C at a terminal is for the owner, and reaches the lab through the pipe.
    detached: true,
    env: { ...process.env, PATH: searchPath, LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', log.fd],
  });
  await once(child, 'spawn').finally(() => log.close());
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('start the lab: no pipes');
  stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const pids = new Map<string, number>();
  const lines = createInterface({ input: stdout });
  const decided = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      const [word, name, pid] = line.split(' ');
      if (word === 'up' && name !== undefined) pids.set(name, Number(pid));
      if (word === 'down' || pids.size === names.length) resolve();
    });
  });
  const end = async () => {
    child.ref();
    stdin.end();
    await ended;
    lines.close();
  };
  await Promise.race([decided, ended, once(AbortSignal.timeout(bootMs), 'abort')]);
  if (pids.size < names.length) {
    const said = await readFile(logFile, 'utf8').catch(() => '');
    await end();
    const late = names.filter((name) => !pids.has(name));
    throw new Error(`start ${late.join(', ')}: ${said.trim() || 'no answer'}`);
  }
  // An owner that forgets to close its lab may still end; the lab then ends with it.
  child.unref();
  for (const pipe of [stdin, stdout]) if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
  return { pids, end };
}

/** Half a second is usual; a machine that needs this long is not going to manage. */
const bootMs = 30_000;
