/** Texts replaced where they stand, whatever the layout, or not at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDocument } from './document.js';
import { replaceStrings } from './replace-string.js';

const toml = `# passw0rd is not the password
includes = ["10.0.0.0/8"] # passw0rd
[account]
username = "passw0rd"   # the same text, another field
password = 'passw0rd'   # stays

[[account.clientKeys]]
filename = "a"
passphrase = """say "hi\\""""

[[account.clientKeys]]
filename = "b"
passphrase = "say \\"hi\\""
`;

test('a text of TOML is replaced in its own field, in tables, lists of tables and inline, and comments stay', () => {
  const after = replaceStrings('x.toml', toml, [
    { path: ['account', 'password'], from: 'passw0rd', to: 'NEW' },
    { path: ['account', 'clientKeys', 1, 'passphrase'], from: 'say "hi"', to: 'NEW' },
  ]);
  assert.equal(after, toml.replace("'passw0rd' ", '"NEW" ').replace('"say \\"hi\\""', '"NEW"'));
  const inline =
    'account = { username = "u", password = "p", clientKeys = [{ passphrase = "p" }, {passphrase="p"}] } # p\n';
  assert.equal(
    replaceStrings('x.toml', inline, [{ path: ['account', 'clientKeys', 1, 'passphrase'], from: 'p', to: 'N' }]),
    inline.replace('{passphrase="p"}', '{passphrase="N"}'),
  );
});

test('a text of YAML is replaced, plain and in quotes, in blocks and inline, and comments stay', () => {
  const yaml = `includes: [10.0.0.0/8] # hunter
account:
  username: hunter
  password: hunter   # hunter
  clientKeys:
    - {filename: a, passphrase: hunter}
    - filename: b
      passphrase: 'it''s'
`;
  const after = replaceStrings('x.yaml', yaml, [
    { path: ['account', 'password'], from: 'hunter', to: 'N' },
    { path: ['account', 'clientKeys', 0, 'passphrase'], from: 'hunter', to: 'N' },
    { path: ['account', 'clientKeys', 1, 'passphrase'], from: "it's", to: 'N' },
  ]);
  assert.equal(
    after,
    yaml
      .replace('password: hunter', 'password: "N"')
      .replace('passphrase: hunter', 'passphrase: "N"')
      .replace("'it''s'", '"N"'),
  );
});

test('what cannot be changed alone is refused: an alias that says the same, a block of lines', () => {
  for (const yaml of ['a: &x secret\nb: *x\n', 'a: |-\n  secret\nb: 1\n'])
    assert.throws(() => replaceStrings('x.yaml', yaml, [{ path: ['a'], from: 'secret', to: 'N' }]), {
      code: 'E_INPUT',
      message: 'a stands in x.yaml in a form that cannot be changed safely',
    });
});

test('any text comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('x.toml', 'x.yaml'), (secret, file) => {
      const start = file === 'x.toml' ? 'a = "b" # c\n[t]\ns = "OLD"\n' : 'a: b # c\nt: {s: OLD}\n';
      const path = ['t', 's'];
      const there = replaceStrings(file, start, [{ path, from: 'OLD', to: secret }]);
      assert.equal((parseDocument(there, file) as { t: { s: string } }).t.s, secret);
      const back = replaceStrings(file, there, [{ path, from: secret, to: 'OLD' }]);
      assert.equal(back, start.replace('{s: OLD}', '{s: "OLD"}'));
    }),
  );
});
