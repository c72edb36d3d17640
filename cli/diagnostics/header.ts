/** The head of every report, as the manual has it: what runs here, where it is installed, what the environment says. */
import { release } from 'node:os';
import { settingsFileOf } from '../../core/config/index.js';
import { version } from '../version.js';
import type { Examination } from './examination.js';
import { type Fact, renderFacts } from './facts.js';
import { maskProxy } from './mask.js';

/** What of the environment changes how Node.js or the way to the space behaves, and then what is ours, as in the manual. */
const ofNode = ['NODE_OPTIONS', 'NODE_PATH', 'NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED'];
const ofProxies = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const ours = ['KSOCKET_HOME', 'KSOCKET_CONFIG'];

export interface Header {
  readonly node: string;
  readonly ksocket: string;
  readonly home: string;
  readonly config: string;
  readonly environment: Readonly<Record<string, string | null>>;
}

export function headerOf({ context, home }: Pick<Examination, 'context' | 'home'>): Header {
  const variables = [...ofNode, ...ofProxies, ...ours].map((name) => variable(context.env, name));
  return {
    node: runtime(),
    ksocket: version(),
    home: home.directory,
    config: settingsFileOf(home) ?? home.settingsFile,
    environment: Object.fromEntries(variables),
  };
}

export function renderHeader({ node, ksocket, home, config, environment }: Header): string {
  const variables = Object.entries(environment).map(([name, value]): Fact => [`$${name}`, value ?? '']);
  const places: Fact[] = [
    ['KSOCKET_HOME', home],
    ['KSOCKET_CONFIG', config],
  ];
  return `Node.js: ${node}\nKsocket: ${ksocket}\n\n${renderFacts([places, variables])}`;
}

/** In the form of the manual's line about Python: the version, what it was built of, and for what. */
function runtime(): string {
  const { v8, openssl } = process.versions;
  const { glibcVersionRuntime: glibc } = (process.report.getReport() as { header: { glibcVersionRuntime?: string } })
    .header;
  const system = [`${process.platform} ${process.arch}`, release(), ...(glibc === undefined ? [] : [`glibc ${glibc}`])];
  return `${process.versions.node} (V8 ${v8}, OpenSSL ${openssl}) [${system.join(', ')}]`;
}

/** Proxies are found under either case of letters, the small ones first; what is shown is what holds. */
function variable(env: NodeJS.ProcessEnv, name: string): [name: string, value: string | null] {
  const small = name.toLowerCase();
  const shown = name.endsWith('_PROXY') && env[small] ? small : name;
  const value = env[shown] ?? null;
  return [shown, value === null || !/^(https?|all)_proxy$/i.test(name) ? value : maskProxy(value)];
}
