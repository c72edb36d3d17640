/** Every thing that the composition knows, declared once. */
import type { FrozenSettings, Home } from '../config/index.js';
import type { Clock, Random } from '../contract/index.js';
import type { LockoutGuard } from '../credentials/index.js';
import type { Journal } from '../journal/index.js';
import type { Uplink } from '../link/index.js';
import type { Dispatcher, Registry } from '../operations/index.js';
import type { Roster } from '../plugin-host/index.js';
import type { Policy } from '../policy/index.js';
import type { Log, Redactor } from '../runtime/index.js';
import type { FirstReady, Restart } from './updates.js';
import { token } from './wiring.js';

export const tokens = {
  home: token<Home>('home'),
  settings: token<FrozenSettings>('settings'),
  clock: token<Clock>('clock'),
  random: token<Random>('random'),
  redactor: token<Redactor>('redactor'),
  log: token<Log>('log'),
  policy: token<Policy>('policy'),
  roster: token<Roster>('roster'),
  guard: token<LockoutGuard>('lockout guard'),
  registry: token<Registry>('registry'),
  journal: token<Journal>('journal'),
  dispatcher: token<Dispatcher>('dispatcher'),
  uplink: token<Uplink>('uplink'),
  restart: token<Restart>('restart'),
  firstReady: token<FirstReady>('first ready'),
} as const;
