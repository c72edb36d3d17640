/** The parts of a running space, as handlers see them. */
import type { Clock, Logger } from '../core/contract/ports.js';
import type { Actions } from './actions.js';
import type { Feed } from './feed.js';
import type { Hub } from './hub.js';
import type { Keys } from './rest/keys.js';
import type { LiveScans } from './scan/live.js';
import type { Database } from './storage/schema.js';

export interface Runtime {
  readonly db: Database;
  /** Where the database lies, and bundles beside it. */
  readonly directory: string;
  readonly actions: Actions;
  readonly hub: Hub;
  readonly live: LiveScans;
  readonly feed: Feed;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the streams of open pages, so that the server can close. */
  readonly streams: Set<() => void>;
}
