import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { packageRoot, parseDocument } from '../../core/config/index.js';
import { judgeBy } from '../migrate/judge.js';

test('each example of a credential file, copied as it is, is a file that works, and so is each line behind a #', async () => {
  const generated = join(packageRoot, 'config-schema/generated');
  const judge = await judgeBy(generated);
  const names = (await readdir(generated)).filter((name) => name.endsWith('.toml.skeleton'));
  assert.ok(names.length >= 2);
  for (const name of names) {
    const collector = name.split('.')[1]!;
    const text = await readFile(join(generated, name), 'utf8');
    assert.equal(judge(collector, parseDocument(text, 'example.toml'), name), undefined, name);
    const all = text.replace(/^#(?=[[\w])/gm, '');
    assert.notEqual(all, text);
    assert.equal(judge(collector, parseDocument(all, 'example.toml'), name), undefined, `${name} with every line set`);
  }
});
