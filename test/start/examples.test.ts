/** What `npm start` leaves for whoever writes the first credential file. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { putExamples } from './examples.js';

test('each collector’s folder has an example with every key, which no search reads', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-examples-'));
  t.after(() => rm(home, { recursive: true }));
  await putExamples(fileURLToPath(new URL('../../..', import.meta.url)), home);
  for (const [collector, key] of [
    ['ssh', 'sshTunnels'],
    ['snmp', 'retryInterval'],
  ] as const) {
    const folder = join(home, 'etc/ksocket/credentials', collector);
    assert.match(await readFile(join(folder, '999-example.toml.skeleton'), 'utf8'), new RegExp(`^#${key} = `, 'm'));
  }
});
