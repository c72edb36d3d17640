/** `ksocket space …`: the self-hosted other end. Loaded only by these commands. */
import { join, resolve } from 'node:path';
import { expandHome, findHome, readSettings } from '../core/config/index.js';
import { keepHeapSmall } from '../core/runtime/frugal-heap.js';
import { logSettings, openLog, Redactor, systemClock, systemRandom } from '../core/runtime/index.js';
import { type OpenSpace, openSpace, serveSpace } from '../space/index.js';
import { type CommonOptions, type Context, UsageError } from './context.js';
import { say } from './language.js';

export interface SpaceOptions extends CommonOptions {
  readonly directory?: string | undefined;
}

/** var/lib beside the agent's state, unless the operator names another folder. */
const directoryOf = (context: Context, argv: SpaceOptions): string =>
  resolve(argv.directory ?? join(findHome(context.env).directory, 'var', 'lib', 'space'));

export async function serve(context: Context, argv: SpaceOptions & { host: string; port: number }): Promise<number> {
  if (!(Number.isInteger(argv.port) && argv.port >= 0 && argv.port <= 65_535))
    throw new UsageError('--port is a number from 0 to 65535');
  const home = findHome(context.env);
  const { settings } = await readSettings(home, { optional: true });
  const log = openLog({
    file: expandHome(argv.logfile ?? '$KSOCKET_HOME/var/log/ksocket/space.log', home),
    ...logSettings(settings),
    ...(argv.loglevel === undefined ? {} : { level: argv.loglevel as typeof settings.loglevel }),
    clock: systemClock,
    redactor: new Redactor(),
    orStandardError: true,
  });
  try {
    const space = await serveSpace({
      directory: directoryOf(context, argv),
      host: argv.host,
      port: argv.port,
      log: log.logger('ksocket.space'),
      clock: systemClock,
      random: systemRandom,
    });
    keepHeapSmall();
    const { url, loginUrl } = space;
    context.stdout.write(
      argv.json
        ? `${JSON.stringify({ url, loginUrl })}\n`
        : `${say(context.language, ['The space listens on', 'スペースの URL'])} ${url}\n${say(context.language, ['Log in with', 'ログイン'])} ${loginUrl}\n`,
    );
    await new Promise((done) => context.signal.addEventListener('abort', done));
    await space.close();
    return 0;
  } finally {
    log.close();
  }
}

export async function withSpace(
  context: Context,
  argv: SpaceOptions,
  work: (space: OpenSpace) => Promise<{ report: unknown; text: string }>,
): Promise<number> {
  const space = await openSpace(directoryOf(context, argv), { clock: systemClock, random: systemRandom });
  try {
    const { report, text } = await work(space);
    context.stdout.write(argv.json ? `${JSON.stringify(report)}\n` : `${text}\n`);
    return 0;
  } finally {
    await space.close();
  }
}

export const addSlot = (context: Context, argv: SpaceOptions & { name: string }) =>
  withSpace(context, argv, async (space) => {
    const { id: slotId } = await space.addSlot(named(argv.name));
    return { report: { slotId }, text: slotId };
  });

export const issueToken = (context: Context, argv: SpaceOptions & { slot: string; expires?: string | undefined }) =>
  withSpace(context, argv, async (space) => {
    const expires = argv.expires === undefined ? undefined : Date.parse(argv.expires);
    if (Number.isNaN(expires)) throw new UsageError(`--expires ${argv.expires} is no date; write 2027-03-31`);
    const token = await space.issueToken(argv.slot, { expires });
    return { report: token, text: token.token };
  });

type NetworkOptions = SpaceOptions & {
  readonly name: string;
  readonly slot: string;
  readonly start?: string[] | undefined;
  readonly allow?: string[] | undefined;
  readonly deny?: string[] | undefined;
};

export const addNetwork = (context: Context, argv: NetworkOptions) =>
  withSpace(context, argv, async (space) => {
    const { start = [], allow = [], deny = [] } = argv;
    const { id: networkId } = await space.addNetwork(named(argv.name), argv.slot, { start, allow, deny });
    return { report: { networkId }, text: networkId };
  });

/** Orders the scan; the running space sends it, and the page and the API show how far it is. */
export const startScan = (context: Context, argv: SpaceOptions & { network: string }) =>
  withSpace(context, argv, async (space) => {
    const { id: scanId } = await space.startScan(argv.network);
    return { report: { scanId }, text: scanId };
  });

/** @throws UsageError for a name that nobody could type again */
function named(name: string): string {
  if (name.trim() === '') throw new UsageError('the name is empty');
  return name.trim();
}
