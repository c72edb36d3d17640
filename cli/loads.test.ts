/** A start costs what it loads (docs/decisions/0021): which libraries each kind of command brings along. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('main.js', import.meta.url));
const preload = new URL('testing/loaded.js', import.meta.url).href;
const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  dependencies: Record<string, string>;
};

const settings = ['ipaddr.js', 'js-yaml', 'smol-toml', 'yargs', 'zod'];

for (const [args, libraries] of [
  [['--help'], ['yargs']],
  [['scam'], ['yargs']],
  [['config'], settings],
  [['encrypt', 'nothing.toml'], settings],
  [['diagnostics', 'credentials', '192.0.2.1'], settings],
  [
    ['diagnostics', 'config'],
    [...settings, 'proxy-from-env'],
  ],
  [
    ['hostkeys', 'list'],
    [...settings, 'reflect-metadata', 'string-width', 'tsyringe'],
  ],
] as const) {
  test(`ksocket ${args.join(' ')} loads ${libraries.join(', ')} and no other library`, (t) => {
    const home = mkdtempSync(join(tmpdir(), 'ksocket-loads-'));
    t.after(() => rmSync(home, { recursive: true }));
    const LOADED_INTO = join(home, 'loaded');
    spawnSync(process.execPath, ['--import', preload, program, ...args], {
      env: { ...process.env, KSOCKET_HOME: home, KSOCKET_CONFIG: '', LOADED_INTO },
    });
    const loaded = readFileSync(LOADED_INTO, 'utf8').split('\n');
    // The first folder of libraries: the second is that of a library which brings its own.
    const found = new Set(loaded.map((file) => /^.*?\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? ''));
    assert.deepEqual(
      Object.keys(dependencies)
        .filter((name) => found.has(name))
        .sort(),
      [...libraries].sort(),
    );
  });
}
