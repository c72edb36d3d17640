/** The programs that manage services and accounts, run with their words in English. Tests bring recorded ones. */
import { execFile } from 'node:child_process';
import { failure } from '../../core/contract/index.js';

export interface Said {
  /** Exit code; 127 when there is no such program, as in a shell. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type RunProgram = (program: string, args: readonly string[]) => Promise<Said>;

/** Longer than any service takes to start or stop: a start that applies an update unpacks it first. */
const mostMs = 600_000;
const absent = 127;

export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { timeout: mostMs, encoding: 'buffer', env: { ...process.env, LC_ALL: 'C', SYSTEMD_PAGER: '' } },
      (error, stdout, stderr) => {
        const code =
          error === null ? 0 : typeof error.code === 'number' ? error.code : error.code === 'ENOENT' ? absent : 1;
        resolve({ code, stdout: textOf(stdout), stderr: textOf(stderr) });
      },
    );
  });

/** NSSM writes UTF-16 without saying so, everything else UTF-8. */
function textOf(bytes: Buffer): string {
  const isWide = bytes.length > 1 && bytes.length % 2 === 0 && bytes[1] === 0;
  return bytes.toString(isWide ? 'utf16le' : 'utf8');
}

/** @throws Failure with the program's own words when it is absent or ends with an error */
export async function mustRun(
  run: RunProgram,
  program: string,
  args: readonly string[],
  remedy?: string,
): Promise<string> {
  const said = await run(program, args);
  if (said.code === 0) return said.stdout;
  const words = said.code === absent ? 'there is no such program' : firstLine(said) || `ended with ${said.code}`;
  throw failure('E_INPUT', `${[program, ...args].join(' ')}: ${words}`, { remedy });
}

export const isAbsent = ({ code }: Said): boolean => code === absent;

const firstLine = ({ stderr, stdout }: Said): string =>
  (stderr.trim() || stdout.trim())
    .split('\n')[0]!
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim();
