import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { noOpenssl } from '../../core/link/testing/certificates.js';
import { difference, examples } from './manual.js';

const skip =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'needs Linux and root: an installation in namespaces of its own'
    : (noOpenssl ?? false);

test('every example of the manual that needs no service manager prints the lines that the manual shows', {
  skip,
}, async (t) => {
  const inside = fileURLToPath(new URL('./inside.js', import.meta.url));
  const { stdout } = await promisify(execFile)('unshare', ['--net', '--mount', process.execPath, inside]);
  const answers = JSON.parse(stdout) as Record<string, string[]>;
  for (const { section, exchanges } of examples().filter((it) => /^2\.[123]/.test(it.section))) {
    await t.test(section, () => {
      for (const [i, { command, answer }] of exchanges.entries()) {
        const printed = answers[section]?.[i] ?? '';
        const wrong = difference(answer, printed);
        assert.equal(wrong, undefined, `${command}: ${wrong}\n${printed}`);
      }
    });
  }
});

test('the comparison sees a missing line, a line too much, another order and too few dots', () => {
  const answer = ['Stop the service ..... OK', 'Uninstall the service ..... OK'];
  assert.equal(difference(answer, 'Stop the service ...... OK\n\nUninstall the service ... OK\n'), undefined);
  for (const printed of [
    'Stop the service ... OK\n',
    'Stop the service ... OK\nUninstall the service ... OK\nmore\n',
    'Uninstall the service ... OK\nStop the service ... OK\n',
    'Stop the service .. OK\nUninstall the service ... OK\n',
    'Stop the service ... OK [x]\nUninstall the service ... OK\n',
  ])
    assert.ok(difference(answer, printed), printed);
  assert.equal(difference(['~ v\\d+', '~* x.*', 'end'], 'v1\nx1\nx2\nend\n'), undefined);
});
