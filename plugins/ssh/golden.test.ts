/** Every recorded case comes out as it did when somebody looked at it. KSOCKET_ACCEPT=1 writes what comes out now: read the diff. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type SectionName, sectionSchemas } from 'ksocket/plugin';
import { fixtureFile, fixtureOutput, fixtures, outcomeOf } from './testing/fixtures.js';

const hostKeys = ['SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'];

test('there are recorded cases', () => {
  assert.ok(fixtures.length > 0);
});

for (const name of fixtures) {
  test(`the output of ${name} becomes its inventory`, () => {
    const outcome = outcomeOf(fixtureOutput(name), hostKeys);
    const text = `${JSON.stringify(outcome, null, 1)}\n`;
    const file = fixtureFile(name, 'expected.json');
    if (process.env.KSOCKET_ACCEPT) writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'));
    for (const section of outcome.sections) {
      sectionSchemas[section.name as SectionName].strict().parse(section.data);
    }
  });

  test(`the output of ${name} cut off anywhere gives sections and no error`, () => {
    const whole = fixtureOutput(name);
    const step = Math.max(97, Math.floor(whole.length / 128));
    for (let end = 0; end < whole.length; end += step) outcomeOf(whole.subarray(0, end));
  });
}
