/** What can be fetched from the space besides the session: files, over the same way and with the same token. */
import type { Secret } from '../contract/index.js';
import { openSpaceFile, requireToken } from '../link/index.js';
import { systemClock } from '../runtime/index.js';
import type { SpaceFiles } from '../update/index.js';
import type { ComposeOptions } from './options.js';
import { routeOf, type SpaceRoute } from './route.js';

/** @throws Failure E_INPUT naming the setting that leads nowhere */
export async function spaceFiles(options: ComposeOptions): Promise<SpaceFiles> {
  return spaceFilesOver({ ...(await routeOf(options)), token: requireToken(options.settings.connect.token) }, options);
}

export const spaceFilesOver =
  (way: SpaceRoute & { readonly token: Secret }, { version, settings }: ComposeOptions): SpaceFiles =>
  (path, signal) =>
    openSpaceFile(
      path,
      { ...way, agent: `ksocket/${version}`, clock: systemClock, timeout: settings.connect.resumeTimeout },
      signal,
    );
