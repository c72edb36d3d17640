/** What `ksocket diagnostics` asks: the parts of the agent themselves, so that it tells what the agent would meet. */
import { checkSlot, type Probe, ProbeFault, probeLink, probePort, requireToken } from '../link/index.js';
import { systemClock, systemRandom } from '../runtime/index.js';
import type { Pair } from '../wire/index.js';
import { type ComposeOptions, presented } from './options.js';
import type { SpaceRoute } from './route.js';

export { type Probe, ProbeFault, probePort };

type SpaceOptions = Pick<ComposeOptions, 'settings' | 'version'>;

/** Goes the way to the space as far as its end point, with no token. */
export function probeSpace(route: SpaceRoute, { settings, version }: SpaceOptions): Probe {
  const timeoutSeconds = settings.connect.resumeTimeout;
  return probeLink({ ...route, agent: `ksocket/${version}`, clock: systemClock, timeoutSeconds });
}

/** Shows the token to the space. @throws Failure, ProbeFault */
export function checkSpace(route: SpaceRoute, options: SpaceOptions, signal: AbortSignal): Promise<Pair> {
  const { connect } = options.settings;
  const token = requireToken(connect.token);
  const parts = { clock: systemClock, random: systemRandom, timeoutSeconds: connect.resumeTimeout };
  return checkSlot({ ...route, ...parts, token, hello: presented(options) }, signal);
}
