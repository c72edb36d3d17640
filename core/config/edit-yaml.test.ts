import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { editDocument, type SettingValue } from './edit.js';

const editYaml = (text: string, name: string, value: SettingValue) => editDocument('x.yaml', text, name, value);

const file = `# The agent of the office.
loglevel: INFO # DEBUG when something is wrong

connect:
    host: old.example.com   # our space
    token: "secret # no comment"
    pins:
        - sha256/a
        - sha256/b

directories:
    credentials: /etc/x
`;

test('a value is replaced where it stands; comments, order and layout stay', () => {
  assert.equal(editYaml(file, 'connect.host', 'new.example.com'), file.replace('old.example.com', 'new.example.com'));
  assert.equal(editYaml(file, 'loglevel', 'DEBUG'), file.replace('INFO #', 'DEBUG #'));
  assert.match(editYaml(file, 'connect.token', 'yes'), /^ {4}token: "yes"$/m);
  assert.match(editYaml(file, 'connect.pins', ['sha256/c']), /^ {4}pins: \["sha256\/c"\]\n\ndirectories/m);
});

test('a new setting goes into its block, or into a block of its own; one is taken out', () => {
  assert.match(editYaml(file, 'connect.port', 8443), /sha256\/b\n {4}port: 8443\n\ndirectories/);
  assert.ok(editYaml(file, 'operations.maxAddresses', 10).endsWith('/etc/x\noperations:\n  maxAddresses: 10\n'));
  assert.equal(editYaml('', 'connect.host', 'h'), 'connect:\n  host: h\n');
  assert.ok(!editYaml(file, 'connect.token', undefined).includes('token'));
});

test('a table within a table is found, and made where it is not there', () => {
  assert.ok(
    editYaml(file, 'plugin.intranet.carrier', 'pcap').endsWith('/etc/x\nplugin:\n  intranet:\n    carrier: pcap\n'),
  );
  const nested = 'plugin:\n   intranet: # ours\n      carrier: pcap # why\n   ssh:\n      x: 1\n';
  assert.equal(editYaml(nested, 'plugin.intranet.carrier', 'auto'), nested.replace('pcap', 'auto'));
  assert.equal(editYaml(nested, 'plugin.ssh.rate', 2), `${nested}      rate: 2\n`);
  assert.equal(editYaml(nested, 'plugin.snmp.z', 3), `${nested}   snmp:\n     z: 3\n`);
});

test('a layout that this does not know is left as it is', () => {
  assert.throws(() => editYaml('connect: {host: a}\n', 'connect.host', 'b'), { code: 'E_INPUT' });
});

test('whatever is written says the one change', () => {
  const text = fc
    .string({ unit: 'grapheme' })
    .filter((it) => !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]/.test(it));
  fc.assert(
    fc.property(fc.constantFrom('loglevel', 'connect.host', 'connect.name', 'operations.x'), text, (name, value) => {
      const data = load(editYaml(file, name, value), { schema: YAML11_SCHEMA }) as Record<
        string,
        Record<string, unknown>
      >;
      const [first = '', second] = name.split('.');
      assert.equal(second === undefined ? data[first] : data[first]?.[second], value);
    }),
  );
});
