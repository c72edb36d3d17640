/** `ksocket connect`: the agent in the foreground, which is what the service runs. */
import { composeAgent, exitCodes, runAgent } from '../core/container/compose-agent.js';
import type { ComposeOptions } from '../core/container/options.js';
import { linkOf } from '../core/container/route.js';
import { tokens } from '../core/container/tokens.js';
import type { Wiring } from '../core/container/wiring.js';
import { Failure, sentenceOf } from '../core/contract/index.js';
import { keepHeapSmall } from '../core/runtime/frugal-heap.js';
import { type Supervisor, supervisorOf, systemClock } from '../core/runtime/index.js';
import { placeOf, watchTrial } from '../core/update/index.js';
import { prepare, withWiring } from './agent.js';
import type { CommonOptions, Context } from './context.js';

/** A new version on trial ends with `lost` whatever stops it, so that it is started again and judged. */
export async function connect(context: Context, argv: CommonOptions): Promise<number> {
  const late = new AbortController();
  const trial = await watchTrial(placeOf(context.env), systemClock, () => late.abort());
  if (trial === undefined) return work(context, argv, undefined);
  const signal = AbortSignal.any([context.signal, late.signal]);
  const failed = async (reason: string): Promise<number> => {
    await trial.failed(reason);
    return exitCodes.lost;
  };
  try {
    const exit = await work({ ...context, signal }, argv, () => trial.ready());
    const isOver = trial.passed || (exit === 0 && context.signal.aborted);
    return late.signal.aborted
      ? exitCodes.lost
      : isOver
        ? exit
        : await failed(`ended with ${exit} before it was ready`);
  } catch (error) {
    if (trial.passed) throw error;
    context.stderr.write(`ksocket connect: ${sentenceOf(error)}\n`);
    return failed(sentenceOf(error));
  } finally {
    trial.end();
  }
}

async function work(
  context: Context,
  argv: CommonOptions,
  attached: (() => Promise<void>) | undefined,
): Promise<number> {
  const tell = (text: string) => void context.stderr.write(`ksocket connect: ${text.trim()}\n`);
  const supervisor = await supervisorOf(context.env, systemClock, tell);
  try {
    const prepared = await compose(context, argv, { supervisor, tell, attached });
    return await withWiring(Promise.resolve(prepared.wiring), (wiring) =>
      attach(wiring, prepared, context, supervisor),
    );
  } catch (error) {
    // Whoever starts it again must be able to tell what a start can mend from what only the operator can.
    if (!(error instanceof Failure) || error.code !== 'E_INPUT') throw error;
    tell(error.sentence);
    return exitCodes.neverConnected;
  } finally {
    supervisor.close();
  }
}

interface Hearers {
  readonly supervisor: Supervisor;
  readonly tell: (text: string) => void;
  /** Hears that the session is ready. */
  readonly attached: (() => Promise<void>) | undefined;
}

interface Composed {
  readonly wiring: Wiring;
  readonly options: ComposeOptions;
  readonly warnings: readonly string[];
}

async function compose(
  context: Context,
  argv: CommonOptions,
  { supervisor, tell, attached }: Hearers,
): Promise<Composed> {
  const { options, warnings } = await prepare(context, argv, false);
  const status = (text: string) => {
    tell(text);
    supervisor.status(text);
  };
  const turning = (withinSeconds: number) => supervisor.turning(withinSeconds);
  return {
    options,
    warnings,
    wiring: await composeAgent({ ...options, status, turning, attached, logOrStandardError: true }),
  };
}

async function attach(wiring: Wiring, { options, warnings }: Composed, context: Context, supervisor: Supervisor) {
  keepHeapSmall();
  const log = wiring.get(tokens.log).logger('ksocket');
  for (const warning of warnings) log.warn(warning);
  log.info(`ksocket ${options.version} starts`, { home: options.home.directory, pid: process.pid });
  const { trusted, why } = linkOf(options);
  const stopWarning = trusted ? () => {} : warnInsecure(wiring.get(tokens.clock), () => log.warn(why));
  try {
    const { exit, reason } = await runAgent(wiring, context.signal);
    supervisor.status(reason);
    supervisor.ending();
    if (exit !== 0) {
      log.error(`ksocket ends with ${exit}: ${reason}`);
      context.stderr.write(`ksocket connect: ${reason}\n`);
    } else log.info('ksocket ends');
    return exit;
  } finally {
    stopWarning();
  }
}

/** Every minute, so that nobody forgets it (protocol.md, Transport). */
function warnInsecure(clock: { after(ms: number, run: () => void): () => void }, warn: () => void): () => void {
  let takeBack = (): void => {};
  const again = (): void => {
    warn();
    takeBack = clock.after(60_000, again);
  };
  again();
  return () => takeBack();
}
