/**
 * Every library of package.json, loaded as the agent loads it; of the native ones a first call besides, since they load and then
 * fail where they were built for another machine. Not asked through their homes: a home would hide whose fault it is.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../../core/config/index.js';
import { type Step, Trouble } from '../checklist.js';
import type { Text } from '../language.js';

const require = createRequire(import.meta.url);

interface Manifest {
  readonly version: string;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

export const ownManifest = (): Manifest => manifestIn(packageRoot);

/** What stands in for an optional library, and how to get it. */
const substitutes: Readonly<Record<string, { readonly instead: string; readonly remedy: Text }>> = {
  pcap: {
    instead: process.platform === 'win32' ? 'IP Helper stands in' : 'packet sockets stand in',
    remedy: [
      'only needed where packet sockets are not: install libpcap-dev and then Ksocket again',
      'パケットソケットが使えない環境でのみ必要です: libpcap-dev を入れてから Ksocket を再インストールしてください',
    ],
  },
};

const reinstall: Text = [
  'install Ksocket again (in a checkout: npm ci)',
  'Ksocket を再インストールしてください (ソースの場合は npm ci)',
];

/** The first call of a native library; what it says of itself. */
const firstCalls: Readonly<Record<string, (module: never) => string>> = {
  'better-sqlite3': ({ default: Database }: { default: new (path: string) => SqliteDatabase }) => {
    const database = new Database(':memory:');
    try {
      return `SQLite ${database.prepare('select sqlite_version()').pluck().get()}`;
    } finally {
      database.close();
    }
  },
  koffi: ({ default: koffi }: { default: Koffi }) => {
    const [library, symbol] =
      process.platform === 'win32' ? ['kernel32.dll', 'uint32_t GetCurrentProcessId()'] : [null, 'int getpid()'];
    const own = koffi.load(library).func(symbol)();
    if (own !== process.pid) throw new Error(`the first call of C gives ${own} instead of ${process.pid}`);
    return 'calls C';
  },
  pcap: ({ default: pcap }: { default: { lib_version: string } }) => pcap.lib_version,
};

interface SqliteDatabase {
  prepare(sql: string): { pluck(): { get(): unknown } };
  close(): void;
}

interface Koffi {
  load(library: string | null): { func(symbol: string): () => number };
}

export function libraries({ dependencies = {}, optionalDependencies = {} }: Manifest): Step[] {
  return [
    ...Object.keys(dependencies).map((name) => ({ title: name, run: () => trial(name) })),
    ...Object.keys(optionalDependencies).map((name) => ({ title: name, run: () => optional(name) })),
  ];
}

async function trial(name: string) {
  const place = folderOf(name);
  if (place === undefined)
    throw new Trouble([`${name} is not installed`, `${name} がインストールされていません`], reinstall);
  const { version } = manifestIn(place);
  try {
    const said = firstCalls[name]?.((await load(name)) as never);
    if (firstCalls[name] === undefined) await load(name);
    return { detail: said === undefined ? version : `${version}, ${said}` };
  } catch (error) {
    const { message } = error as Error;
    throw new Trouble(`${name} ${version} does not work: ${message.split('\n', 1)[0]}`, reinstall);
  }
}

async function optional(name: string) {
  const { instead = 'not needed', remedy = reinstall } = substitutes[name] ?? {};
  if (folderOf(name) === undefined) return { skipped: true, detail: `not installed; ${instead}`, remedy };
  try {
    return await trial(name);
  } catch (error) {
    return { skipped: true, detail: `${(error as Error).message}; ${instead}`, remedy };
  }
}

/** Where Node.js finds it; its package.json is often not among what it exports. */
function folderOf(name: string): string | undefined {
  const folders = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name));
  return folders.find((folder) => existsSync(join(folder, 'package.json')));
}

/** Those of two builds of which the CommonJS one is used, and packages have no other. */
const byRequire: ReadonlySet<string> = new Set(['kysely']);

async function load(name: string): Promise<unknown> {
  if (byRequire.has(name)) return require(name) as unknown;
  try {
    return await import(name);
  } catch (error) {
    // A library may be nothing but data, in JSON; the word for it differs between versions of Node.js.
    if (/^ERR_IMPORT_(ASSERTION_TYPE|ATTRIBUTE)_MISSING$/.test((error as { code?: string }).code ?? ''))
      return require(name) as unknown;
    throw error;
  }
}
