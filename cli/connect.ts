/** `ksocket connect`: the agent in the foreground, which is what the service runs. */
import { linkOf, runAgent, tokens } from '../core/container/index.js';
import { composeAgent, prepare, withWiring } from './agent.js';
import type { CommonOptions, Context } from './context.js';

export async function connect(context: Context, argv: CommonOptions): Promise<number> {
  const { options, warnings } = await prepare(context, argv, false);
  const status = (text: string) => void context.stderr.write(`ksocket connect: ${text.trim()}\n`);
  return withWiring(composeAgent({ ...options, status }), async (wiring) => {
    const log = wiring.get(tokens.log).logger('ksocket');
    for (const warning of warnings) log.warn(warning);
    log.info(`ksocket ${options.version} starts`, { home: options.home.directory, pid: process.pid });
    const { trusted, why } = linkOf(options);
    const stopWarning = trusted ? () => {} : warnInsecure(wiring.get(tokens.clock), () => log.warn(why));
    try {
      const { exit, reason } = await runAgent(wiring, context.signal);
      if (exit !== 0) {
        log.error(`ksocket ends with ${exit}: ${reason}`);
        context.stderr.write(`ksocket connect: ${reason}\n`);
      } else log.info('ksocket ends');
      return exit;
    } finally {
      stopWarning();
    }
  });
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
