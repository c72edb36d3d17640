/** The bundled plug-ins. Each is imported when an agent is composed, not before: `ksocket version` loads none of them. */
import type { Plugin } from 'ksocket/plugin';

export const bundledPlugins: readonly (() => Promise<{ readonly default: Plugin }>)[] = [
  () => import('./intranet/index.js'),
  () => import('./ssh/index.js'),
  () => import('./snmp/index.js'),
];
