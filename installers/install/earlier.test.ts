import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { layoutOf } from '../layout.js';
import { readEarlier } from './earlier.js';

test('an installation whose active slot is broken can be installed over', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'ksocket-broken-'));
  t.after(() => rmSync(home, { recursive: true }));
  const layout = layoutOf(home);
  mkdirSync(layout.place.slot('b'), { recursive: true });
  writeFileSync(join(layout.place.directory, 'active'), 'b\n');
  for (const text of ['{"version":"3.0.0","platform":"linux-x86_64"}', '{"vers']) {
    writeFileSync(join(layout.place.slot('b'), 'slot.json'), text);
    const { active, version } = await readEarlier(layout);
    assert.deepEqual([active, version], ['b', text.endsWith('}') ? '3.0.0' : undefined]);
  }
});
