import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filledIn, isPlaceholder, isPlaceholderUuid } from './placeholder.js';

test('what firmware ships where nothing was programmed is no serial number', () => {
  const empty = ['', '  ', '0', '0000000000', '........', '00-00-00-00', 'XXXXXXX', 'To Be Filled By O.E.M.', ' N/A '];
  for (const text of [...empty, 'Default string', 'System Serial Number', '0123456789']) {
    assert.ok(isPlaceholder(text), text);
    assert.equal(filledIn(text), undefined);
  }
});

test('a real one stays, without the blanks around it', () => {
  for (const text of ['7XK3L4J', 'FOC1408Z61U', 'VMware-42 1d 0a 0b', 'A1', '00000001', 'CN0000000A'])
    assert.equal(filledIn(` ${text} `), text);
  assert.equal(filledIn(undefined), undefined);
});

test('UUIDs that boards of many makers share identify nothing, whatever the case of their letters', () => {
  for (const uuid of ['03000200-0400-0500-0006-000700080009', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF']) {
    assert.ok(isPlaceholderUuid(uuid));
    assert.ok(isPlaceholder(uuid));
  }
  assert.ok(!isPlaceholderUuid('4c4c4544-0058-4b10-8033-b7c04f4c344a'));
});
