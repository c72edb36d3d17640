import assert from 'node:assert/strict';
import test from 'node:test';
import { parseLogFormat, settingsSchema } from './index.js';

test('flags, width and precision are read as Python reads them', () => {
  assert.deepEqual(parseLogFormat('[%(levelname)-8.3s] %% %(lineno)+05d'), [
    '[',
    { field: 'levelname', left: true, zero: false, sign: '', width: 8, precision: 3, as: 's' },
    '] ',
    '%',
    ' ',
    { field: 'lineno', left: false, zero: true, sign: '+', width: 5, precision: undefined, as: 'd' },
  ]);
});

for (const [format, pattern] of [
  ['%(mesage)s', /^has %\(mesage\)s, a field that no record has; did you mean %\(message\)s\?$/],
  ['%(zzzzzzzz)s', /a field that no record has; there are asctime, /],
  ['100% %(message)s', /^has a % at position 4 that begins no field; write %% for a percent sign$/],
  ['%(message', /at position 1 that begins no field/],
  ['%(message)', /does not end in s, d or f; write %\(message\)s$/],
  ['%(message)d', /but message is text; write %\(message\)s$/],
  ['%(message)q', /does not end in s, d or f/],
  ['%(message)99999s', /wider than 1000/],
  ['nothing', /has no field; write at least %\(message\)s/],
  ['%(message)s\n%(name)s', /has a line break/],
] as const) {
  test(`the format ${JSON.stringify(format)} is refused with a sentence`, () => {
    const read = parseLogFormat(format);
    assert.equal(typeof read, 'string');
    assert.match(read as string, pattern);
    assert.equal(settingsSchema.safeParse({ logformat: format }).success, false);
  });
}
