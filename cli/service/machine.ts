/** Which service manager this machine has, and what else the commands must know of it. */
import { access } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findHome, type Home } from '../../core/config/index.js';
import { failure } from '../../core/contract/index.js';
import { canNotify } from '../../core/runtime/index.js';
import { findAccount } from './account.js';
import type { Backend } from './backend.js';
import { type RunProgram, runProgram } from './programs.js';
import { Systemd } from './systemd.js';
import { Upstart } from './upstart.js';
import { WindowsService } from './windows.js';

export interface Machine {
  readonly home: Home;
  readonly backend: Backend;
  readonly kind: 'systemd' | 'upstart' | 'windows';
  readonly run: RunProgram;
  /** May this process change services? */
  readonly privileged: boolean;
  readonly operatorHome: string;
}

/** What is asked of the operating system; tests bring answers. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly run: RunProgram;
  exists(path: string): Promise<boolean>;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const surroundings: Surroundings = { platform: process.platform, run: runProgram, exists };

/** The folder that is there while systemd is the first process (sd_booted(3)). */
const systemdRuns = '/run/systemd/system';

/** @throws Failure E_UNSUPPORTED where there is none that we know */
export async function kindOf({ platform, run, exists: there }: Surroundings): Promise<Machine['kind']> {
  if (platform === 'win32') return 'windows';
  if (await there(systemdRuns)) return 'systemd';
  if ((await run('initctl', ['version'])).stdout.includes('upstart')) return 'upstart';
  throw failure('E_UNSUPPORTED', 'neither systemd nor Upstart runs this machine', {
    remedy:
      'let the service manager that you have run "ksocket connect" (start it again after exit 75, not after 77 and 78)',
  });
}

/** Without one (a container, a chroot) there is no service to install. */
export const serviceManagerRuns = (): Promise<boolean> =>
  kindOf(surroundings).then(
    () => true,
    () => false,
  );

export async function machineOf(env: NodeJS.ProcessEnv, around: Surroundings = surroundings): Promise<Machine> {
  const home = findHome(env);
  const { run } = around;
  const kind = await kindOf(around);
  const settingsFile = env.KSOCKET_CONFIG ? home.settingsFile : undefined;
  const backends: Record<Machine['kind'], () => Promise<Backend>> = {
    systemd: async () =>
      new Systemd({
        run,
        facts: { home: home.directory, settingsFile, notifies: await canNotify(), settles: await settles(home) },
        groupOf: async (account) => (await findAccount(run, account))?.group ?? account,
      }),
    upstart: async () => new Upstart({ run, home: home.directory, settingsFile }),
    windows: async () => new WindowsService({ run, home: home.directory, settingsFile }),
  };
  return {
    home,
    backend: await backends[kind](),
    kind,
    run,
    // Windows has no such number; its service manager refuses by itself.
    privileged: process.getuid === undefined || process.getuid() === 0,
    // Under sudo, HOME may still be the caller's.
    operatorHome: kind === 'windows' ? homedir() : userInfo().homedir,
  };
}

/** An installation with two slots has an update to apply or to take back before each start; a source checkout has none. */
const settles = (home: Home): Promise<boolean> => exists(join(home.directory, 'usr', 'lib', 'ksocket', 'active'));
