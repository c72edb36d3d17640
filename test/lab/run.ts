/** One way to run the small programs that a lab is made with: to their end, with their input, and an error that quotes what they said. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Administrators' programs live outside of the PATH of some shells. */
export const searchPath = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/** Runs a program and returns its standard output; throws when it cannot start or ends with anything but 0. */
export async function run(command: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, PATH: searchPath, LC_ALL: 'C' } });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  // A program that ends before it read its input breaks the pipe; its exit status tells why.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (status !== 0) throw new Error(`run ${command} ${args.join(' ')}: ${signal ?? status}: ${complaint.trim()}`);
  return output;
}
