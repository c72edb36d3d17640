/** What a composition is made of: the settings and the words of the command line. */
import type { FrozenSettings, Home } from '../config/index.js';
import type { Plugin } from '../contract/index.js';
import type { Log } from '../runtime/index.js';

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

/** How the agent presents itself to a space. */
export const presented = ({ settings, version }: Pick<ComposeOptions, 'settings' | 'version'>) => ({
  name: settings.connect.name,
  agentVersion: version,
  os: `${process.platform} ${process.arch}`,
  mode: settings.operations.networksScanMode,
});
