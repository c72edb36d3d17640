/**
 * `npm test`: set-up, lint, arrows, then every test file from dist, two at a time. `npm run test:system`: the long ones, one at a
 * time. Names as arguments run only the files whose path contains one of them.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { setUp } from './setup.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');
const system = process.argv.includes('--system');
const wanted = process.argv.slice(2).filter((arg) => arg !== '--system');

/** No test file may take longer, on the slowest machine; a hang is a failure with a name. */
const fileTimeoutMs = system ? 1_800_000 : 900_000;
/** How many of the longest files are named at the end, for whoever keeps the whole short. */
const namedFiles = 8;

process.chdir(root);
const files = testFiles().filter((file) => wanted.length === 0 || wanted.some((w) => file.includes(w)));
if (files.length === 0) {
  process.stderr.write(`no test file matches ${wanted.join(' ')}\n`);
  process.exit(2);
}
const notes = setUp(files.map((file) => relative(dist, file)));
if (wanted.length === 0 && !system) {
  check('lint and format', 'biome', ['check', '--error-on-warnings', '.']);
  check('arrows between folders', 'depcruise', [
    '--config',
    '.dependency-cruiser.cjs',
    'core',
    'plugins',
    'space',
    'cli',
    'config-schema',
    'installers',
    'test',
  ]);
}
await runFiles(files);

function check(title: string, tool: string, options: readonly string[]): void {
  const { status } = spawnSync(join(root, 'node_modules', '.bin', tool), options, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  process.stdout.write(`${status === 0 ? '✔' : '✖'} ${title}\n`);
  if (status === 0) return;
  spawnSync(join(root, 'node_modules', '.bin', tool), options, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  process.exit(1);
}

function testFiles(): string[] {
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(system ? '.system.js' : '.test.js'))
    .sort((a, b) => Number(isLong(b)) - Number(isLong(a)) || (a < b ? -1 : 1))
    .map((name) => join(dist, name));
}

/** The longest begin first, so that none of them runs alone at the end while the other core waits. */
function isLong(name: string): boolean {
  const longest = ['company', 'diagnostics', 'cli', 'config', 'sparing'].map((it) => `scenarios/${it}.`);
  return [...longest, 'model/', 'lab/lab', 'simulation/', 'herd'].some((it) => name.includes(it));
}

async function runFiles(paths: readonly string[]): Promise<void> {
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  const seconds = new Map<string, number>();
  const stream = run({ files: [...paths], concurrency: system ? 1 : 2, timeout: fileTimeoutMs });
  stream.on('test:complete', ({ name, details }) => {
    if (isFile(name)) seconds.set(relative(dist, resolve(name)), details.duration_ms / 1000);
  });
  stream.on('test:pass', (data) => {
    if (data.skip !== undefined) skipped.push(`${data.name}${typeof data.skip === 'string' ? `: ${data.skip}` : ''}`);
    // A file is reported as a test of its own by the runner; only what stands inside counts.
    else if (!isFile(data.name) && data.details.type !== 'suite') passed += 1;
  });
  stream.on('test:fail', (data) => {
    if (data.details.type !== 'suite') failed += 1;
  });
  const output = stream.compose(new spec());
  output.pipe(process.stdout);
  await new Promise((resolve) => output.on('end', resolve));
  for (const note of notes) process.stdout.write(`note: ${note}\n`);
  for (const line of skipped) process.stdout.write(`skipped: ${line}\n`);
  const longest = [...seconds].sort(([, a], [, b]) => b - a).slice(0, namedFiles);
  process.stdout.write(`longest: ${longest.map(([name, s]) => `${name} ${s.toFixed(0)} s`).join(', ')}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

function isFile(name: string): boolean {
  return name.startsWith(dist) || name.startsWith(relative(process.cwd(), dist));
}
