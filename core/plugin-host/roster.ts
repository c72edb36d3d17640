/** Sets up the plug-ins: settings validated and frozen, `setup` called once, operations registered; all faults named with their plug-in. */

import { join } from 'node:path';
import { unknownName } from '../../config-schema/index.js';
import { type Home, parseDocument, validate } from '../config/index.js';
import {
  type Clock,
  type Collector,
  type CollectorParts,
  failure,
  type Host,
  type Logger,
  type Operation,
  type Plugin,
  type Random,
  type ScanMode,
  type ScanModeParts,
  type Schema,
} from '../contract/index.js';
import { readIfThere } from '../runtime/index.js';
import { stateIn } from './state.js';

export interface ReadyCollector {
  readonly collector: Collector;
  readonly parts: CollectorParts<unknown>;
}

export interface ReadyMode {
  readonly mode: ScanMode;
  readonly parts: ScanModeParts;
}

export interface Roster {
  readonly collectors: readonly ReadyCollector[];
  readonly modes: readonly ReadyMode[];
  /** Operations that plug-ins registered, with the plug-in's name. */
  readonly operations: readonly { readonly operation: Operation; readonly by: string }[];
}

export interface RosterParts {
  readonly home: Home;
  /** The tables of `[plugin.NAME]` in the settings file, unchecked. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly random: Random;
  /** False: durable texts of plug-ins are read, but what is written lives only as long as this roster. */
  readonly remembers?: boolean;
  logger(name: string): Logger;
  /** Hears every plug-in's settings, so that no secret of theirs gets into the log. */
  keepSecret(settings: unknown): void;
}

/** @throws Failure E_PLUGIN or E_INPUT: an agent with a part missing would report an inventory that is silently incomplete. */
export function setUp(plugins: readonly Plugin[], parts: RosterParts): Roster {
  const collectors: ReadyCollector[] = [];
  const modes: ReadyMode[] = [];
  const operations: { operation: Operation; by: string }[] = [];
  const names = new Set<string>();
  refuseStrangers(plugins, parts);
  for (const plugin of plugins) {
    if (names.has(plugin.name)) throw failure('E_PLUGIN', `two plug-ins are called ${plugin.name}`);
    names.add(plugin.name);
    const host = hostFor(plugin, parts, (operation) => operations.push({ operation, by: plugin.name }));
    if (plugin.kind === 'collector') collectors.push({ collector: plugin, parts: plugin.setup(host) });
    else modes.push({ mode: plugin, parts: plugin.setup(host) });
  }
  return { collectors, modes, operations };
}

/** A table for a plug-in that is not there, or that has no settings, is a mistyped one: what it says would hold nowhere. */
function refuseStrangers(plugins: readonly Plugin[], { home, settings }: RosterParts): void {
  const names = plugins.filter((it) => it.settings !== undefined).map((it) => `plugin.${it.name}`);
  const strange = Object.keys(settings).find((name) => !names.includes(`plugin.${name}`));
  if (strange !== undefined)
    throw failure('E_INPUT', `${home.settingsFile}: ${unknownName(`plugin.${strange}`, names)}`, {
      remedy: `correct ${home.settingsFile}`,
    });
}

function hostFor(plugin: Plugin, parts: RosterParts, register: (operation: Operation) => void): Host<unknown> {
  const { home, clock, random, remembers = true } = parts;
  const settings =
    plugin.settings === undefined
      ? {}
      : validate(plugin.settings, parts.settings[plugin.name] ?? {}, `${home.settingsFile}: [plugin.${plugin.name}]`);
  parts.keepSecret(settings);
  return {
    settings: Object.freeze(settings) as Readonly<unknown>,
    log: parts.logger(`ksocket.${plugin.name}`),
    clock,
    random,
    async file<T>(name: string, schema: Schema<T>) {
      const path = join(home.etc, name);
      const text = await readIfThere(path);
      return text === undefined ? undefined : validate(schema, parseDocument(text, path), path);
    },
    state: stateIn(join(home.lib, plugin.name), plugin.name, clock, remembers),
    operation: (it) => register(it as Operation),
  };
}
