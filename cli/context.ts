/** What a command is given, and the two ways in which it ends badly. */
import type { Language } from './language.js';

export interface Context {
  readonly language: Language;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Aborts at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean | undefined;
  readonly logfile?: string | undefined;
  readonly loglevel?: string | undefined;
}

/** Exit codes: 1 a check or the work failed, 2 wrong usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
