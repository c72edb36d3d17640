/** The log as an operator meets it: moved away as in the manual's 4.3, and in a place where nobody may write. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { spawnKsocket } from '../start/processes.js';

const unreachable =
  '[connect]\nprotocol = "ws"\nhost = "127.0.0.1"\nport = 1\ntoken = "never-used"\nresumeRetries = 0\n';

function homeOf(t: { after(run: () => unknown): void }, settings: string): string {
  const home = mkdtempSync(join(tmpdir(), 'ksocket-log-'));
  t.after(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, 'etc/ksocket'), { recursive: true });
  writeFileSync(join(home, 'etc/ksocket/ksocket.toml'), settings);
  return home;
}

async function run(home: string, args: readonly string[]): Promise<{ code: number | null; errors: string }> {
  const process = spawnKsocket(args, home);
  const code = await process.ended;
  return { code, errors: process.errors() };
}

test('after the log was renamed a new start writes a new one, at the level that was set meanwhile (4.3)', async (t) => {
  const home = homeOf(t, unreachable);
  const log = join(home, 'var/log/ksocket/ksocket.log');
  assert.equal((await run(home, ['connect'])).code, 78);
  assert.equal((await run(home, ['config', 'loglevel', 'DEBUG'])).code, 0);
  const before = readFileSync(log, 'utf8');
  renameSync(log, log.replace('.log', '.prev.log'));
  assert.equal((await run(home, ['connect'])).code, 78);
  assert.equal(readFileSync(log.replace('.log', '.prev.log'), 'utf8'), before);
  assert.match(readFileSync(log, 'utf8').split('\n')[0] ?? '', / INFO ksocket:\S+:\d+ ksocket \S+ starts/);
});

test('where the log cannot be written a command ends with one sentence, and the agent works on and logs to the standard error', async (t) => {
  const home = homeOf(t, `logfile = "$KSOCKET_HOME/etc"\n${unreachable}`);
  const scan = await run(home, ['scan', '127.0.0.9', '--no-collect', '--lang', 'en']);
  assert.equal(scan.code, 1);
  assert.match(
    scan.errors,
    /^ksocket scan: .*the log \S+\/etc cannot be written: it is a folder; run this as .*--logfile.*\n$/,
  );
  const agent = await run(home, ['connect']);
  assert.equal(agent.code, 78, 'it tried its space');
  assert.match(agent.errors, / WARNING ksocket\.log:.* cannot be written: it is a folder; it goes on here\n/);
  assert.match(agent.errors, / INFO ksocket:.* starts/);
});

test('a format that cannot be filled in is a mistake in the settings, with the name that may be meant', async (t) => {
  const home = homeOf(t, 'logformat = "%(mesage)s"\n');
  const { code, errors } = await run(home, ['scan', '127.0.0.9', '--no-collect']);
  assert.equal(code, 1);
  assert.match(errors, /logformat: has %\(mesage\)s, a field that no record has; did you mean %\(message\)s\?/);
});
