/** What of the libraries an agent runs: packages that serve only their installation go, and with them sources, manuals and tests. */
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

/** Needed while a package is installed, never when it runs. */
const onlyAtInstallation = new Set(['prebuild-install', 'nan', 'cpu-features', 'buildcheck', '@types/node']);

/** Folders at the top of a package that its code does not read. */
const notRun = new Set([
  '.github',
  'benchmark',
  'benchmarks',
  'coverage',
  'doc',
  'docs',
  'example',
  'examples',
  'integration',
  'spec',
  'test',
  'tests',
  'types',
]);

/** Sources and other builds, known package by package: a folder called `src` is code in others. */
const notRunIn: Readonly<Record<string, readonly string[]>> = {
  zod: ['src'],
  koffi: ['vendor', 'lib', 'cnoke.cjs'],
  pcap: ['Gruntfile.js', 'node_modules'],
  'better-sqlite3': ['deps', 'src'],
  ssh2: ['install.js', 'util'],
  kysely: ['dist/esm'],
  async: ['dist'],
  '@koromix/koffi-linux-x64': ['musl_x64'],
  '@koromix/koffi-linux-arm64': ['musl_arm64'],
};

const keptText = /^(?:licen[cs]e|copying|notice)/i;
const waste =
  /\.(?:md|markdown|map|ts|cts|mts|tsbuildinfo|cc|cpp|h|hh|inc|S|asm|gyp|gypi|flow|yml)$|^(?:\..*|Makefile|AUTHORS|eslint\.config\.\w+)$/i;

/** @param root the folder with package.json and node_modules */
export async function prune(root: string): Promise<void> {
  const nodeModules = join(root, 'node_modules');
  const needed = await reach(root);
  for (const folder of await packageFolders(nodeModules)) {
    if (!needed.has(folder)) await rm(folder, { recursive: true, force: true });
    else
      await thin(
        folder,
        basename(dirname(folder)).startsWith('@')
          ? relative(nodeModules, folder).replaceAll(sep, '/')
          : basename(folder),
      );
  }
  for (const name of ['.bin', '.package-lock.json'])
    await rm(join(nodeModules, name), { recursive: true, force: true });
  await removeEmpty(nodeModules);
}

/** Every folder below node_modules that is a package, nested ones too. */
export async function packageFolders(nodeModules: string): Promise<string[]> {
  const found: string[] = [];
  const names = await readdir(nodeModules).catch(() => [] as string[]);
  for (const name of names.sort()) {
    if (name.startsWith('.')) continue;
    const inside = name.startsWith('@')
      ? (await readdir(join(nodeModules, name))).sort().map((it) => join(nodeModules, name, it))
      : [join(nodeModules, name)];
    for (const folder of inside) found.push(folder, ...(await packageFolders(join(folder, 'node_modules'))));
  }
  return found;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The packages that something reaches by what it depends on at run time, found as Node finds them. */
async function reach(root: string): Promise<ReadonlySet<string>> {
  const all = new Set(await packageFolders(join(root, 'node_modules')));
  const reached = new Set<string>();
  const waiting = [root];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      if (onlyAtInstallation.has(name) || name.startsWith('@types/')) continue;
      const found = resolveFrom(folder, name, root, all);
      if (found === undefined || reached.has(found)) continue;
      reached.add(found);
      waiting.push(found);
    }
  }
  return reached;
}

function resolveFrom(folder: string, name: string, root: string, all: ReadonlySet<string>): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    if (all.has(candidate)) return candidate;
    if (at === root) return undefined;
  }
}

async function thin(folder: string, name: string): Promise<void> {
  for (const part of notRunIn[name] ?? []) await rm(join(folder, part), { recursive: true, force: true });
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory() && notRun.has(entry.name)) await rm(join(folder, entry.name), { recursive: true });
  }
  await removeWaste(folder);
}

async function removeWaste(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      // Packages inside packages have their own turn.
      if (entry.name !== 'node_modules') await removeWaste(path);
    } else if (waste.test(entry.name) && !keptText.test(entry.name)) await rm(path);
  }
}

async function removeEmpty(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await removeEmpty(join(folder, entry.name));
  if ((await readdir(folder)).length === 0) await rmdir(folder);
}
