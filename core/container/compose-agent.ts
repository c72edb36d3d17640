/**
 * The last page of the wiring: the journal, and the link to the space. Only who attaches to one imports this; WebSocket, proxies and
 * updates come with it.
 */
import { randomBytes } from 'node:crypto';
import { endpointOf } from '../config/index.js';
import { openJournal } from '../journal/index.js';
import { exitCodes, proxySecrets, requireToken, Uplink, type UplinkEnd } from '../link/index.js';
import { Dispatcher } from '../operations/index.js';
import { composeCore } from './compose-core.js';
import { type ComposeOptions, presented } from './options.js';
import { linkOf, routeOf } from './route.js';
import { tokens } from './tokens.js';
import { FirstReady, Restart, updatesOf } from './updates.js';
import { spaceFilesOver } from './way.js';
import type { Wiring } from './wiring.js';

export { exitCodes };

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
