/** What `ksocket diagnostics` asks: the parts of the agent themselves, so that it tells what the agent would meet. */
import type { Diagnosis } from '../contract/index.js';
import { checkSlot, type Probe, probeLink, requireToken } from '../link/index.js';
import { type Log, systemClock, systemRandom } from '../runtime/index.js';
import type { Pair } from '../wire/index.js';
import { type ComposeOptions, presented } from './compose.js';
import type { SpaceRoute } from './route.js';
import { tokens } from './tokens.js';
import type { Wiring } from './wiring.js';

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

/** The lines that the scan modes bring: rights, carriers, interfaces. */
export async function* modeDiagnoses(wiring: Wiring): AsyncGenerator<Diagnosis> {
  for (const { parts } of wiring.get(tokens.roster).modes) if (parts.diagnose) yield* parts.diagnose();
}

const nothing = () => undefined;

/** For whoever only looks: run as root, it would leave a log file that the agent's own user cannot write to. */
export const noLog: Log = {
  logger: () => ({ debug: nothing, info: nothing, warn: nothing, error: nothing }),
  close: nothing,
};
