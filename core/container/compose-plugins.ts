/** The first page of the wiring: the plug-ins set up, and what they are given. Read it from top to bottom, and the next two after it. */
import { expandHome } from '../config/index.js';
import { setUp } from '../plugin-host/index.js';
import { readPolicy } from '../policy/index.js';
import { logSettings, openLog, Redactor, systemClock, systemRandom } from '../runtime/index.js';
import type { ComposeOptions } from './options.js';
import { importPlugins } from './plugins.js';
import { tokens } from './tokens.js';
import { Wiring } from './wiring.js';

/** As much as a command needs that only asks the plug-ins. @throws Failure E_INPUT for a policy that cannot be read */
export async function composePlugins(options: ComposeOptions): Promise<Wiring> {
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
    );
}
