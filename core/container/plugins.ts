/** The plug-ins of this agent, imported; by itself, so that a command which only asks what they are loads nothing else. */
import { bundledPlugins } from '../../plugins/index.js';
import type { Plugin } from '../contract/index.js';

export async function importPlugins(): Promise<Plugin[]> {
  return Promise.all(bundledPlugins.map(async (load) => (await load()).default));
}
