/** `npm run generate`: writes what is generated from schemas. A test compares the files with what this would write. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './generated.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
for (const [name, text] of await generatedFiles()) {
  mkdirSync(dirname(root + name), { recursive: true });
  writeFileSync(root + name, text);
  process.stdout.write(`${name}\n`);
}
