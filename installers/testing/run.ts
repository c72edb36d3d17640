/** Programs of an archive or an installation, run as an operator runs them, without a terminal. */
import { spawn } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import type { Io } from '../install/ksinstall.js';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly cwd?: string;
}

export async function run(
  [program = '', ...args]: readonly string[],
  { env = {}, input = '', cwd }: Surroundings = {},
): Promise<Ended> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('KSOCKET_'));
  const child = spawn(program, args, {
    env: { ...Object.fromEntries(inherited), LC_ALL: 'C.UTF-8', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const code = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  // It may end without having read what it was given.
  child.stdin.on('error', () => undefined).end(input);
  const [stdout, stderr] = await Promise.all([readAll(child.stdout), readAll(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** The same without a process of its own: a start takes longer than most of what there is to test. */
export async function runHere(
  main: (io: Io) => Promise<number>,
  { env = {}, input = '' }: Surroundings = {},
): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const streams = { stdin: Readable.from([input]), stdout, stderr } as unknown as Pick<
    Io,
    'stdin' | 'stdout' | 'stderr'
  >;
  const said = Promise.all([readAll(stdout), readAll(stderr)]);
  const code = await main({ env: { LC_ALL: 'C.UTF-8', ...env }, ...streams });
  stdout.end();
  stderr.end();
  const [out, errors] = await said;
  return { code, stdout: out, stderr: errors };
}
