/** The session under virtual time, with as many worlds as every change is held to: half of them in a process each, for the second core. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const seeds = 200;
const half = seeds / 2;
const simulate = fileURLToPath(new URL('./main.js', import.meta.url));

describe(`${seeds} worlds of an hour each lose, double and over-run nothing`, { concurrency: 2 }, () => {
  for (const from of [1, half + 1])
    test(`worlds ${from} to ${from + half - 1}`, async (t) => {
      const words = [simulate, '--seeds', String(half), '--from', String(from)];
      const { stdout } = await promisify(execFile)(process.execPath, words);
      t.diagnostic(stdout.trim());
      const { violations, lost, duplicated, overRun, faults, operations } = JSON.parse(stdout);
      assert.deepEqual([violations, lost, duplicated, overRun], [0, 0, 0, 0]);
      assert.ok(faults > 50 * half && operations > 50 * half);
    });
});
