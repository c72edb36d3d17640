/** Every command, in the order in which `ksocket --help` lists them. */
import { collect } from './collect.js';
import type { Command } from './command.js';
import { completion } from './completion.js';
import { config } from './config.js';
import { connect } from './connect.js';
import { diagnostics } from './diagnostics.js';
import { decrypt, encrypt } from './encrypt.js';
import { explain } from './explain.js';
import { hostkeys } from './hostkeys.js';
import { scan } from './scan.js';
import { service } from './service.js';
import { space } from './space.js';
import { supportBundle } from './support-bundle.js';
import { update } from './update.js';
import { version } from './version.js';

export const commands: readonly Command[] = [
  version,
  connect,
  config,
  diagnostics,
  service,
  scan,
  collect,
  explain,
  encrypt,
  decrypt,
  space,
  update,
  hostkeys,
  supportBundle,
  completion,
];
