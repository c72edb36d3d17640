/** Runs a program inside a host of the lab, as a child whose signals and end are the program's own. */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { searchPath } from './run.js';

/** The arguments of nsenter(1) that step into all namespaces of process `pid`. */
export const stepInto = (pid: number) => [`--target=${pid}`, '--mount', '--uts', '--ipc', '--net', '--pid'];

/** nsenter waits outside for the program inside, its only child. */
function inner(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  } catch {
    return undefined;
  }
}

/**
 * Spawns `argv` in the namespaces of process `pid`. `options` are those of `child_process.spawn`; `cwd` is looked up
 * inside. `kill()` signals the program itself; `pid` is that of the process that waits for it, whose death, by whatever
 * signal, kills the program.
 */
export function enter(pid: number, argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const { cwd = '/', env = process.env, ...rest } = options;
  const wrapped = ['env', '-C', String(cwd), 'setpriv', '--pdeathsig', 'KILL', '--', ...argv];
  const child = spawn('nsenter', [...stepInto(pid), '--', ...wrapped], {
    ...rest,
    env: { ...env, PATH: env.PATH === undefined ? searchPath : `${env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` },
  });
  const killOuter = child.kill.bind(child);
  child.kill = (signal) => {
    const program = child.pid === undefined || child.exitCode !== null ? undefined : inner(child.pid);
    // Not yet inside, or over: then the waiting process is all there is.
    if (program === undefined) return killOuter(signal);
    try {
      return process.kill(program, signal);
    } catch {
      return false;
    }
  };
  return child;
}
