import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { editDocument, type SettingValue } from './edit.js';

const editToml = (text: string, name: string, value: SettingValue) => editDocument('x.toml', text, name, value);

const file = `# The agent of the office.
loglevel = "INFO" # DEBUG when something is wrong

[connect]   # the space
host   = "old.example.com"   # was "a#b" once
#port = 443
token = 'secret # no comment'
pins = [
  "sha256/a", # first
  "sha256/b",
] # both

[directories]
credentials = """
\${KSOCKET_HOME}/x"""
`;

test('a value is replaced where it stands; comments, order and layout stay', () => {
  const edited = editToml(file, 'connect.host', 'new.example.com');
  assert.equal(edited, file.replace('"old.example.com"', '"new.example.com"'));
  assert.equal(editToml(file, 'loglevel', 'DEBUG'), file.replace('"INFO"', '"DEBUG"'));
  const token = editToml(file, 'connect.token', 'e.g. $, ", and \\');
  assert.equal((parse(token).connect as { token: string }).token, 'e.g. $, ", and \\');
  assert.ok(token.includes('# was "a#b" once'));
});

test('values of several lines are replaced as a whole, with the comment behind them kept', () => {
  const edited = editToml(file, 'connect.pins', ['sha256/c']);
  assert.match(edited, /pins = \[ ?"sha256\/c" ?\] # both\n\n\[directories\]/);
  assert.match(editToml(file, 'directories.credentials', '/etc/x'), /credentials = "\/etc\/x"\n$/);
});

test('a new setting goes below the comment that shows it, into its table, or into a table of its own', () => {
  assert.ok(editToml(file, 'connect.port', 8443).includes('#port = 443\nport = 8443\ntoken'));
  assert.ok(editToml(file, 'connect.name', 'x').includes('] # both\nname = "x"\n\n[directories]'));
  assert.ok(editToml(file, 'operations.maxAddresses', 10).endsWith('x"""\n\n[operations]\nmaxAddresses = 10\n'));
  assert.ok(
    editToml(file, 'logfile', '-').startsWith(
      '# The agent of the office.\nloglevel = "INFO" # DEBUG when something is wrong\nlogfile = "-"\n\n[connect]',
    ),
  );
  assert.equal(editToml('', 'connect.host', 'h'), '[connect]\nhost = "h"\n');
});

test('a table within a table is found, and made where it is not there', () => {
  assert.ok(editToml(file, 'plugin.intranet.carrier', 'pcap').endsWith('\n\n[plugin.intranet]\ncarrier = "pcap"\n'));
  const nested = '[plugin.intranet] # ours\ncarrier = "pcap" # why\n[plugin.ssh]\nx = 1\n';
  assert.equal(editToml(nested, 'plugin.intranet.carrier', 'auto'), nested.replace('pcap', 'auto'));
  assert.equal(editToml(nested, 'plugin.ssh.y', 2), `${nested}y = 2\n`);
});

test('a setting is taken out, and one that is not there changes nothing', () => {
  assert.equal(editToml(file, 'connect.host', undefined), file.replace(/host {3}=.*\n/, ''));
  assert.equal(editToml(file, 'connect.name', undefined), file);
});

test('dotted keys are found, and what cannot be changed safely is left as it is', () => {
  assert.equal(editToml('connect.host = "a" # x\n', 'connect.host', 'b'), 'connect.host = "b" # x\n');
  assert.equal(
    editToml('connect.host = "a" # x\nlogfile = "-"\n', 'connect.port', 2),
    'connect.host = "a" # x\nconnect.port = 2\nlogfile = "-"\n',
  );
  assert.equal(
    editToml('[plugin]\nintranet.carrier = "auto"\n', 'plugin.intranet.rate', 2),
    '[plugin]\nintranet.carrier = "auto"\nintranet.rate = 2\n',
  );
  assert.throws(() => editToml('connect = { host = "a" }\n', 'connect.host', 'b'), { code: 'E_INPUT' });
});

test('line ends of Windows stay', () => {
  assert.equal(editToml('[connect]\r\nport = 1\r\n', 'connect.port', 2), '[connect]\r\nport = 2\r\n');
});

test('whatever is written says the one change and nothing else', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((it) => !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(it));
  fc.assert(
    fc.property(
      fc.constantFrom('loglevel', 'connect.host', 'connect.name', 'connect.token', 'operations.x'),
      text,
      (name, value) => {
        const data = parse(editToml(file, name, value)) as Record<string, Record<string, unknown>>;
        const [first = '', second] = name.split('.');
        assert.equal(second === undefined ? data[first] : data[first]?.[second], value);
      },
    ),
  );
});
