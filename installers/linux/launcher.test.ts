import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { packageRoot } from '../../core/config/index.js';
import { programIn } from '../../core/update/index.js';
import { layoutOf } from '../layout.js';
import { run } from '../testing/run.js';

const skip = process.platform === 'win32' ? 'needs sh' : false;

test('the launcher lets the version that is known to work judge updates, as long as there is one', {
  skip,
}, async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'ksocket launcher '));
  t.after(() => rmSync(home, { recursive: true }));
  const { launcher, place } = layoutOf(home);
  mkdirSync(join(launcher, '..'));
  cpSync(join(packageRoot, 'installers/linux/launcher/bin/ksocket'), launcher);
  for (const slot of ['a', 'b'] as const) {
    const { node } = programIn(place.slot(slot));
    mkdirSync(join(node, '..'), { recursive: true });
    writeFileSync(node, `#!/bin/sh\necho ${slot} "$KSOCKET_HOME"\n`);
    chmodSync(node, 0o755);
  }
  const link = join(home, 'ksocket');
  symlinkSync('bin/ksocket', link);
  const said = async (...args: string[]) => (await run(['env', '-u', 'KSOCKET_HOME', link, ...args])).stdout;
  await place.point('active', 'b');
  assert.equal(await said('update', 'settle'), `b ${home}\n`);
  await place.point('settled', 'a');
  assert.equal(await said('update', 'settle'), `a ${home}\n`);
  assert.equal(await said('connect'), `b ${home}\n`);
  rmSync(place.slot('a'), { recursive: true });
  assert.equal(await said('update', 'settle'), `b ${home}\n`);
});
