import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { Logger } from '../contract/index.js';
import { openTrail } from './trail.js';

const skip = process.getuid?.() === 0 && process.platform === 'linux' ? false : 'needs root';

test('a scan of root leaves its trail where the service can add others, and nowhere the service may have led it', {
  skip,
}, async (t) => {
  const lib = mkdtempSync(join(tmpdir(), 'ksocket-trail-'));
  const elsewhere = mkdtempSync(join(tmpdir(), 'ksocket-elsewhere-'));
  t.after(() => {
    for (const it of [lib, elsewhere]) rmSync(it, { recursive: true, force: true });
  });
  chmodSync(lib, 0o755);
  chownSync(lib, 12_345, 12_346);
  const warned: string[] = [];
  const log = {
    warn: (_: string, { reason = '' } = {} as { reason?: string }) => warned.push(reason),
  } as unknown as Logger;
  const directory = join(lib, 'trails');

  const trail = await openTrail(directory, '2026-01-01T00:00:00Z', log);
  await trail.close();
  assert.deepEqual(warned, []);
  assert.equal(readdirSync(directory).length, 1);
  assert.equal(statSync(directory).uid, 12_345);

  rmSync(directory, { recursive: true });
  symlinkSync(elsewhere, directory);
  assert.equal((await openTrail(directory, '2026-01-01T00:00:00Z', log)).name, undefined);
  assert.match(warned.join(), /is a link in a folder of another user/);
  assert.deepEqual(readdirSync(elsewhere), []);
});
