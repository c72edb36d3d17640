/** Where this installation lives: KSOCKET_HOME, or `.ksocket` beside package.json in a source checkout. */
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Home {
  /** KSOCKET_HOME, absolute. */
  readonly directory: string;
  /** The settings file: KSOCKET_CONFIG, or etc/ksocket/ksocket.toml. */
  readonly settingsFile: string;
  readonly etc: string;
  readonly lib: string;
  /** Keys of encrypted secrets: of systemd (LoadCredentialEncrypted=ksocket.key), else our own, which comes last. */
  readonly keyFiles: readonly string[];
}

/** The folder of package.json; this file is at <root>/dist/core/config/home.js when it runs. */
export const packageRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

export function findHome(env: NodeJS.ProcessEnv): Home {
  const directory = resolve(env.KSOCKET_HOME || join(packageRoot, '.ksocket'));
  const etc = join(directory, 'etc', 'ksocket');
  return {
    directory,
    etc,
    lib: join(directory, 'var', 'lib', 'ksocket'),
    keyFiles: [
      ...(env.CREDENTIALS_DIRECTORY ? [join(env.CREDENTIALS_DIRECTORY, 'ksocket.key')] : []),
      join(etc, 'credential.key'),
    ],
    settingsFile: resolve(env.KSOCKET_CONFIG || join(etc, 'ksocket.toml')),
  };
}

/** `$KSOCKET_HOME` and `${KSOCKET_HOME}` in a path setting. */
export function expandHome(path: string, home: Home): string {
  return path.replace(/\$(?:KSOCKET_HOME\b|\{KSOCKET_HOME\})/g, () => home.directory);
}
