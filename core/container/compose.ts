/** The wiring of the whole agent on one page. Read from top to bottom: what the operator says, what the plug-ins bring, what runs. */
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { endpointOf, expandHome, type FrozenSettings, type Home } from '../config/index.js';
import { type Address, type Plugin, Secret } from '../contract/index.js';
import { guardIn, keyringOf, LastGood } from '../credentials/index.js';
import { openJournal } from '../journal/index.js';
import { exitCodes, isLoopback, proxySecrets, requireToken, Uplink, type UplinkEnd } from '../link/index.js';
import { Dispatcher, Registry } from '../operations/index.js';
import { setUp } from '../plugin-host/index.js';
import { readPolicy } from '../policy/index.js';
import { type Log, logSettings, openLog, Redactor, systemClock, systemRandom } from '../runtime/index.js';
import { scanOperation } from '../scan/index.js';
import { importPlugins } from './plugins.js';
import { routeOf } from './route.js';
import { tokens } from './tokens.js';
import { FirstReady, Restart, updatesOf } from './updates.js';
import { spaceFilesOver } from './way.js';
import { Wiring } from './wiring.js';

export interface ComposeOptions {
  readonly home: Home;
  readonly settings: FrozenSettings;
  /** --logfile and --loglevel of the command line. */
  readonly logfile?: string | undefined;
  readonly loglevel?: FrozenSettings['loglevel'] | undefined;
  /** An agent that cannot write its log works on and says so on the standard error; a command ends with one sentence. */
  readonly logOrStandardError?: boolean | undefined;
  readonly version: string;
  /** KSOCKET_INSECURE. */
  readonly insecure: boolean;
  /** Instead of the log file: whoever only looks leaves no file that the agent may not write to. */
  readonly log?: Log | undefined;
  /** False: what plug-ins want to remember is forgotten at the end. */
  readonly remembers?: boolean | undefined;
  /** Plug-ins beside the bundled ones. */
  readonly plugins?: readonly Plugin[] | undefined;
  /** What someone in front of a terminal is told of the link. */
  readonly status?: ((text: string) => void) | undefined;
  /** Hears that the session is ready; what waits for that waits for this, too. */
  readonly attached?: (() => Promise<void>) | undefined;
  /** Hears that the link's loop turns, and within how many seconds it will again. */
  readonly turning?: ((withinSeconds: number) => void) | undefined;
}

/**
 * Everything up to the operations: enough for `ksocket scan`, which has no space.
 * @param trusted whether orders can be trusted to come from who may give them; on the command line the operator gives them
 */
export async function composeCore(options: ComposeOptions, trusted = true): Promise<Wiring> {
  const { home, settings } = options;
  const [policy, bundled] = await Promise.all([readPolicy(home), importPlugins()]);
  const plugins = [...bundled, ...(options.plugins ?? [])];
  return new Wiring('the agent')
    .provide(tokens.home, () => home)
    .provide(tokens.settings, () => settings)
    .provide(tokens.clock, () => systemClock)
    .provide(tokens.random, () => systemRandom)
    .provide(tokens.policy, () => policy)
    .provide(tokens.redactor, () => {
      const redactor = new Redactor();
      redactor.addAll(settings);
      return redactor;
    })
    .provide(
      tokens.log,
      (get) =>
        options.log ??
        openLog({
          file: expandHome(options.logfile ?? settings.logfile, home),
          ...logSettings(settings),
          ...(options.loglevel === undefined ? {} : { level: options.loglevel }),
          clock: get(tokens.clock),
          redactor: get(tokens.redactor),
          orStandardError: options.logOrStandardError,
        }),
      (log) => log.close(),
    )
    .provide(tokens.roster, (get) =>
      setUp(plugins, {
        home,
        remembers: options.remembers ?? true,
        clock: get(tokens.clock),
        random: get(tokens.random),
        settings: settings.plugin,
        logger: (name) => get(tokens.log).logger(name),
        keepSecret: (it) => get(tokens.redactor).addAll(it),
      }),
    )
    .provide(tokens.guard, (get) =>
      // Whoever logs in writes down what came of it, also one who only looks.
      guardIn(`${home.lib}/lockout`, {
        clock: get(tokens.clock),
        random: get(tokens.random),
        log: get(tokens.log).logger('ksocket.credentials'),
      }),
    )
    .provide(tokens.registry, (get) => {
      const registry = new Registry();
      const roster = get(tokens.roster);
      registry.add(
        scanOperation({
          roster,
          policy: get(tokens.policy),
          clock: get(tokens.clock),
          log: get(tokens.log).logger('ksocket.scan'),
          redactor: get(tokens.redactor),
          guard: get(tokens.guard),
          keyring: keyringOf(home),
          lastGood: new LastGood(`${home.lib}/last-good.json`),
          credentials: expandHome(settings.directories.credentials, home),
          trails: `${home.lib}/trails`,
          modeName: settings.operations.networksScanMode,
          maxAddresses: settings.operations.maxAddresses,
          maxPacketRate: settings.operations.maxPacketRate,
          mayLogIn: trusted || policy.loginsOverInsecureLink,
          spaceAddresses: () => addressesOf(settings),
        }),
        'ksocket',
      );
      for (const { operation, by } of roster.operations) registry.add(operation, by);
      return registry;
    });
}

/** The whole agent: the operations above, their journal, and the link to the space. */
export async function composeAgent(options: ComposeOptions): Promise<Wiring> {
  const { home, settings } = options;
  const { connect } = settings;
  endpointOf(settings);
  const slotToken = requireToken(connect.token);
  const route = await routeOf(options);
  const { proxy } = route;
  const files = spaceFilesOver({ ...route, token: slotToken }, options);
  const wiring = await composeCore(options, linkOf(options).trusted);
  return wiring
    .provide(tokens.restart, () => new Restart())
    .provide(tokens.firstReady, () => new FirstReady())
    .provide(
      tokens.journal,
      (get) =>
        openJournal(`${home.lib}/journal.db`, get(tokens.clock), get(tokens.random), (text) =>
          get(tokens.log).logger('ksocket.journal').error(text),
        ),
      (journal) => journal.close(),
    )
    .provide(
      tokens.dispatcher,
      (get) => {
        const registry = get(tokens.registry);
        const update = updatesOf(options, files, get, () => get(tokens.dispatcher));
        registry.add(update, 'ksocket');
        return new Dispatcher({
          journal: get(tokens.journal),
          registry,
          clock: get(tokens.clock),
          log: get(tokens.log).logger('ksocket.operations'),
          permits: (operation) => get(tokens.policy).permitsOperation(operation),
          refuses: (name) =>
            name === update.name && settings.update.mode === 'off' ? 'update.mode is off' : undefined,
          maxOperations: connect.maxOperations,
          maxRunning: connect.maxRunningOperations,
        });
      },
      (dispatcher) => dispatcher.drain(),
    )
    .provide(tokens.uplink, (get) => {
      const log = get(tokens.log).logger('ksocket.link');
      if (proxy !== undefined) {
        for (const secret of proxySecrets(proxy)) get(tokens.redactor).add(secret);
        log.info(`the space is reached through the proxy that ${proxy.from} names`, {
          proxy: `${proxy.scheme}://${proxy.host}:${proxy.port}`,
        });
      }
      return new Uplink({
        ...route,
        token: slotToken,
        journal: get(tokens.journal),
        orders: get(tokens.dispatcher),
        clock: get(tokens.clock),
        random: get(tokens.random),
        log,
        settings: connect,
        ...(options.status ? { status: options.status } : {}),
        attached: () => {
          const told = options.attached?.() ?? Promise.resolve();
          told.then(
            () => get(tokens.firstReady).happened(),
            (error: unknown) => log.error('the trial of this version cannot be passed', { cause: error }),
          );
        },
        ...(options.turning ? { turning: options.turning } : {}),
        hello: {
          purpose: 'serve',
          boot: randomBytes(16).toString('hex'),
          ...presented(options),
          features: get(tokens.registry).names(),
        },
      });
    });
}

/** How the agent presents itself to a space. */
export const presented = ({ settings, version }: Pick<ComposeOptions, 'settings' | 'version'>) => ({
  name: settings.connect.name,
  agentVersion: version,
  os: `${process.platform} ${process.arch}`,
  mode: settings.operations.networksScanMode,
});

/** Attaches the agent to its space and runs until the signal aborts or there is no use in going on. */
export async function runAgent(wiring: Wiring, signal: AbortSignal): Promise<UplinkEnd> {
  const uplink = wiring.get(tokens.uplink);
  wiring.get(tokens.dispatcher).begin({
    changed: (opId) => uplink.changed(opId),
    progress: (progress) => uplink.progress(progress),
    storageFailed: (fault) => uplink.storageFailed(fault),
  });
  const restart = wiring.get(tokens.restart);
  const end = await uplink.run(AbortSignal.any([signal, restart.signal]));
  const isWanted = restart.signal.aborted && !signal.aborted && end.exit === 0;
  return isWanted ? { exit: exitCodes.lost, reason: restart.reason } : end;
}

/** Whether orders can be trusted to come from the space: verified TLS, or no network at all between the two. */
export function linkOf({ settings, insecure }: Pick<ComposeOptions, 'settings' | 'insecure'>): {
  trusted: boolean;
  why: string;
} {
  const url = endpointOf(settings);
  // Through a proxy that the operator names, localhost is the proxy's; those of the environment are not asked for it.
  const local = isLoopback(url.hostname) && !(settings.connect.proxy instanceof Secret);
  if (url.protocol === 'ws:' && !local)
    return { trusted: false, why: 'connect.protocol is ws: the link to the space is not encrypted' };
  if (insecure && !local)
    return { trusted: false, why: 'KSOCKET_INSECURE is set: the certificate of the space is not verified' };
  return { trusted: true, why: '' };
}

/** What the host of the end point resolves to, so that a scan leaves the space alone; nothing without a space or DNS. */
async function addressesOf(settings: FrozenSettings): Promise<Address[]> {
  const { connect } = settings;
  if (connect.host === undefined && connect.endpoint.includes('%(host)')) return [];
  const host = endpointOf(settings).hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
