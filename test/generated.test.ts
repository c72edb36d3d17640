import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './generated.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the generated files in the repository are what the schemas say now (npm run generate)', async () => {
  for (const [name, text] of await generatedFiles()) assert.equal(readFileSync(root + name, 'utf8'), text, name);
});
