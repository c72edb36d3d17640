/** The token from where others do not see it: a file, or the standard input. */
import { text as readAll } from 'node:stream/consumers';
import { UsageError } from '../../cli/context.js';
import { readText } from '../../core/runtime/index.js';
import type { Given } from './given.js';

/** A token is short; whoever pipes a disk image in has mistyped. */
const maxBytes = 64 * 1024;

/** @throws UsageError, Failure E_INPUT */
export async function givenToken(
  { token, tokenFile }: Given,
  stdin: NodeJS.ReadableStream,
): Promise<string | undefined> {
  if (tokenFile === undefined) return token;
  if (token !== undefined) throw new UsageError('--token and --token-file: give one of them');
  const text = tokenFile === '-' ? await readAll(stdin) : await readText(tokenFile, maxBytes);
  return text.trim();
}
