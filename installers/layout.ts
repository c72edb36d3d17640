/** Where everything of an installation lies below its home: one table, for those that put it there and those that take it away. */
import { join } from 'node:path';
import { Place } from '../core/update/index.js';

export interface Layout {
  readonly home: string;
  readonly etc: string;
  readonly settings: string;
  readonly credentials: string;
  readonly lib: string;
  readonly log: string;
  /** The two slots, and the words that say which of them runs. */
  readonly runtime: string;
  readonly place: Place;
  readonly launcher: string;
  readonly uninstaller: string;
  /** The unit files that `ksocket service install` writes. */
  readonly units: string;
}

export function layoutOf(home: string, platform: NodeJS.Platform = process.platform): Layout {
  const ending = platform === 'win32' ? '.cmd' : '';
  const lib = join(home, 'var', 'lib', 'ksocket');
  const place = new Place({ directory: home, lib });
  const etc = join(home, 'etc', 'ksocket');
  return {
    home,
    etc,
    settings: join(etc, 'ksocket.toml'),
    credentials: join(etc, 'credentials'),
    lib,
    log: join(home, 'var', 'log', 'ksocket'),
    runtime: place.directory,
    place,
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
