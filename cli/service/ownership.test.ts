import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { handOver } from './ownership.js';
import { runProgram } from './programs.js';

const skip = process.getuid?.() === 0 && process.platform === 'linux' ? false : 'needs root';

test('the service gets what is in its folders, and nothing that only has a name or a link there', {
  skip,
}, async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'ksocket-ownership-'));
  t.after(() => rmSync(home, { recursive: true }));
  const account = { name: 'ksocket', uid: 12_345, gid: 12_346, group: 'ksocket', groups: [12_346], ours: true };
  const [lib, roots] = [join(home, 'var', 'lib', 'ksocket'), join(home, 'shadow')];
  mkdirSync(lib, { recursive: true });
  writeFileSync(join(lib, 'journal.db'), '');
  writeFileSync(roots, '');
  symlinkSync(roots, join(lib, 'link'));
  await handOver(runProgram, home, account);
  assert.equal(statSync(join(lib, 'journal.db')).uid, account.uid);
  assert.equal(statSync(roots).uid, 0);

  linkSync(roots, join(lib, 'second-name'));
  await assert.rejects(handOver(runProgram, home, account), /second-name is a file that has another name/);
  assert.equal(statSync(roots).uid, 0);
});
