/**
 * The arrows of docs/en/architecture.md, checked by `npm test`. A folder without a row fails; a library outside its home fails.
 */
const first = ['config-schema', 'core/contract', 'core/wire'];
const second = ['core/runtime', 'core/inventory'];
const third = ['core/link', 'core/journal', 'core/policy', 'core/config'];
const fourth = ['core/operations', 'core/credentials'];
const fifth = ['core/scan', 'core/plugin-host'];

/** What each folder may import of ours, besides itself. */
const rows = {
  'core/contract': [],
  'core/wire': ['core/contract'],
  'config-schema': ['core/contract', 'core/wire'],
  'core/runtime': first,
  'core/inventory': first,
  'core/journal': [...first, ...second],
  'core/config': [...first, ...second],
  'core/policy': [...first, ...second, 'core/config'],
  'core/link': [...first, ...second, 'core/journal'],
  'core/operations': [...first, ...second, ...third],
  'core/credentials': [...first, ...second, ...third],
  'core/update': [...first, ...second, ...third],
  'core/plugin-host': [...first, ...second, ...third, ...fourth],
  'core/scan': [...first, ...second, ...third, ...fourth, 'core/plugin-host'],
  'core/container': [...first, ...second, ...third, ...fourth, ...fifth, 'core/update', 'plugins/index\\.ts'],
  'plugins/intranet': ['core/contract'],
  'plugins/ssh': ['core/contract'],
  'plugins/snmp': ['core/contract'],
  space: ['core/wire', 'core/inventory', 'core/runtime', 'core/contract', 'config-schema'],
  cli: [
    'core/container',
    'core/credentials',
    'core/journal',
    'core/policy',
    'core/update',
    'core/config',
    'core/contract',
    'core/runtime',
    'core/inventory',
    'core/wire',
    'config-schema',
    'space',
  ],
  installers: ['cli', 'core/wire', 'core/config', 'core/contract', 'core/runtime', 'core/update', 'config-schema'],
  test: ['installers', 'core', 'plugins', 'space', 'cli', 'config-schema'],
};

/** One home a library: replacing it is editing one folder. */
const homes = {
  ws: ['core/link', 'space'],
  socks: ['core/link'],
  'proxy-from-env': ['core/link'],
  'smol-toml': ['core/config'],
  'js-yaml': ['core/config'],
  winston: ['core/runtime'],
  tsyringe: ['core/container'],
  'reflect-metadata': ['core/container'],
  yargs: ['cli'],
  'cli-progress': ['cli'],
  '@clack/prompts': ['installers'],
  tar: ['core/update', 'cli', 'installers'],
  'string-width': ['cli'],
  ssh2: ['plugins/ssh'],
  'net-snmp': ['plugins/snmp'],
  pcap: ['plugins/intranet'],
  // The service manager is told by the process itself (docs/decisions/0012).
  koffi: ['plugins/intranet', 'core/runtime'],
  'dns-packet': ['plugins/intranet'],
  'better-sqlite3': ['core/journal', 'space'],
  kysely: ['space'],
  fastify: ['space'],
  'oui-data': ['core/inventory'],
  'ipaddr.js': ['core/contract'],
};

const notTest = '\\.test\\.ts$|/testing/';

module.exports = {
  forbidden: [
    {
      name: 'folder-without-a-row',
      comment: 'Every folder has its row in this file and in docs/en/architecture.md',
      severity: 'error',
      from: {
        path: '^(core|plugins|space|cli|config-schema|installers|test)/',
        pathNot: [`^(${Object.keys(rows).join('|')})/`, '^plugins/index\\.ts$'],
      },
      to: {},
    },
    ...Object.entries(rows).map(([folder, allowed]) => ({
      name: `arrows-of-${folder}`,
      severity: 'error',
      from: { path: `^${folder}/`, pathNot: notTest },
      to: {
        path: '^(core|plugins|space|cli|config-schema|installers|test)/',
        pathNot: [folder, ...allowed].map((a) => `^${a}(/|$)`),
      },
    })),
    {
      name: 'plugins-know-only-the-contract',
      comment: 'by its public name, ksocket/plugin, so that a bundled plug-in could live elsewhere',
      severity: 'error',
      from: { path: '^plugins/[^/]+/', pathNot: notTest },
      to: { path: '^core/', pathNot: '^core/contract/index\\.ts$' },
    },
    ...Object.entries(homes).map(([library, folders]) => ({
      name: `home-of-${library}`,
      severity: 'error',
      from: { path: '.', pathNot: [...folders.map((f) => `^${f}/`), notTest, '^test/'] },
      to: { path: `node_modules/(@types/)?${library.replace('.', '\\.')}/` },
    })),
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-missing',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['^ksocket/', '^pcap$'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|fixtures|golden|assets)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
