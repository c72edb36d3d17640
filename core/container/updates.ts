/** How the agent takes an update: the operation, and the restart in which the version changes. */
import { randomUUID } from 'node:crypto';
import { packageRoot } from '../config/index.js';
import type { Operation } from '../contract/index.js';
import type { Dispatcher } from '../operations/index.js';
import { Place, readTrust, type SpaceFiles, updateKind, updateOperation } from '../update/index.js';
import { platformOf } from '../wire/index.js';
import type { ComposeOptions } from './options.js';
import { tokens } from './tokens.js';
import type { Get } from './wiring.js';

/** The wish of a part of the agent that its process ends and is started again. */
export class Restart {
  readonly #abort = new AbortController();

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get reason(): string {
    return String(this.#abort.signal.reason);
  }

  ask(reason: string): void {
    this.#abort.abort(reason);
  }
}

/** The first time that the session is ready. */
export class FirstReady {
  #resolve: () => void = () => undefined;
  readonly promise = new Promise<void>((resolve) => {
    this.#resolve = resolve;
  });

  happened(): void {
    this.#resolve();
  }
}

export function updatesOf(
  options: ComposeOptions,
  files: SpaceFiles,
  get: Get,
  dispatcher: () => Dispatcher,
): Operation {
  const { home, settings, version } = options;
  return updateOperation({
    place: new Place(home),
    platform: platformOf(),
    version,
    mode: settings.update.mode,
    clock: get(tokens.clock),
    files,
    ready: get(tokens.firstReady).promise,
    trust: () => readTrust(packageRoot, home.etc, settings.update),
    newId: randomUUID,
    quiet: (signal) => dispatcher().hold(updateKind, signal),
    restart: (reason) => get(tokens.restart).ask(reason),
    tell: (text) => options.status?.(text),
  }) as Operation;
}
