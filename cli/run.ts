/** Runs one command of the command line and turns its end into an exit code. */
import { Failure, sentenceOf } from '../core/contract/failure.js';
import { frameOf } from './commands/command.js';
import { type Context, UsageError } from './context.js';
import { languageOf } from './language.js';
import { parserFor } from './parser.js';

/** @returns the exit code */
export async function run(args: string[]): Promise<number> {
  const language = languageOf(args, process.env);
  const abort = new AbortController();
  const context: Context = {
    language,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: abort.signal,
  };
  let code = 0;
  const ends = async (work: Promise<number>): Promise<void> => {
    code = await work;
  };
  // As the scripts of `ksocket completion` ask.
  if (args[0] === '--get-yargs-completions') return (await import('./complete.js')).complete(context, args.slice(1));
  const release = stopOnSignals(abort);
  const parser = parserFor(args, frameOf(context, ends));
  try {
    await parser.parseAsync();
    return code;
  } catch (error) {
    const command = args.find((arg) => !arg.startsWith('-'));
    process.stderr.write(
      `ksocket${command && !(error instanceof UsageError) ? ` ${command}` : ''}: ${sentenceOf(error)}\n`,
    );
    if (!(error instanceof Failure) && !(error instanceof UsageError) && process.env.KSOCKET_DEBUG)
      process.stderr.write(`${(error as Error).stack}\n`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    release();
  }
}

/** npm and npx pass on the Ctrl-C that the terminal has sent to us already; a second one this soon is the same. */
const sameCtrlCMs = 1000;

/** Asks for a clean end at SIGINT, SIGTERM, or when the program that started us with a channel is gone. */
function stopOnSignals(abort: AbortController): () => void {
  let since: number | undefined;
  const stop = (signal?: NodeJS.Signals): void => {
    const now = performance.now();
    since ??= now;
    abort.abort(signal);
    // Whoever presses Ctrl-C again does not want to wait for the clean end.
    if (signal === 'SIGINT' && now - since > sameCtrlCMs) process.exit(130);
  };
  const orphaned = () => stop();
  process.on('SIGINT', stop).on('SIGTERM', stop).on('disconnect', orphaned);
  process.channel?.unref();
  return () => process.off('SIGINT', stop).off('SIGTERM', stop).off('disconnect', orphaned);
}
