/** The second page of the wiring: the operations. */
import { lookup } from 'node:dns/promises';
import { endpointOf, expandHome, type FrozenSettings } from '../config/index.js';
import type { Address } from '../contract/index.js';
import { guardIn, keyringOf, LastGood } from '../credentials/index.js';
import { Registry } from '../operations/registry.js';
import { scanOperation } from '../scan/index.js';
import { composePlugins } from './compose-plugins.js';
import type { ComposeOptions } from './options.js';
import { tokens } from './tokens.js';
import type { Wiring } from './wiring.js';

/**
 * Everything up to the operations: enough for `ksocket scan`, which has no space.
 * @param trusted whether orders can be trusted to come from who may give them; on the command line the operator gives them
 */
export async function composeCore(options: ComposeOptions, trusted = true): Promise<Wiring> {
  const { home, settings } = options;
  const wiring = await composePlugins(options);
  return wiring
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
          mayLogIn: trusted || get(tokens.policy).loginsOverInsecureLink,
          spaceAddresses: () => addressesOf(settings),
        }),
        'ksocket',
      );
      for (const { operation, by } of roster.operations) registry.add(operation, by);
      return registry;
    });
}

/** What the host of the end point resolves to, so that a scan leaves the space alone; nothing without a space or DNS. */
async function addressesOf(settings: FrozenSettings): Promise<Address[]> {
  const { connect } = settings;
  if (connect.host === undefined && connect.endpoint.includes('%(host)')) return [];
  const host = endpointOf(settings).hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
