/** Where everything of an installation lies below its home: one table, for those that put it there and those that take it away. */
import { join } from 'node:path';

export interface Layout {
  readonly home: string;
  readonly etc: string;
  readonly settings: string;
  readonly credentials: string;
  readonly lib: string;
  readonly log: string;
  /** What the installers own: the two slots and the word that says which of them runs. */
  readonly runtime: string;
  readonly slots: string;
  readonly active: string;
  readonly launcher: string;
  readonly uninstaller: string;
  /** The unit files that `ksocket service install` writes. */
  readonly units: string;
}

export function layoutOf(home: string, platform: NodeJS.Platform = process.platform): Layout {
  const ending = platform === 'win32' ? '.cmd' : '';
  const runtime = join(home, 'usr', 'lib', 'ksocket');
  const etc = join(home, 'etc', 'ksocket');
  return {
    home,
    etc,
    settings: join(etc, 'ksocket.toml'),
    credentials: join(etc, 'credentials'),
    lib: join(home, 'var', 'lib', 'ksocket'),
    log: join(home, 'var', 'log', 'ksocket'),
    runtime,
    slots: join(runtime, 'slots'),
    active: join(runtime, 'active'),
    launcher: join(home, 'bin', `ksocket${ending}`),
    uninstaller: join(home, `ksuninstall${ending}`),
    units: join(home, 'usr', 'lib', 'systemd'),
  };
}

/** Chapter 6.1 of the manual. */
export function defaultHome(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return '/opt/fixpoint/ksocket';
  return `${env.ProgramData || 'C:\\ProgramData'}\\Fixpoint\\ksocket`;
}
