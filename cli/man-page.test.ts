/** The man page as mandoc and man(1) read it. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { manPage } from './man-page.js';
import { version } from './version.js';
import { allCommands, wordsOf } from './words.js';

const mandoc = existsSync('/usr/bin/mandoc') ? false : 'needs mandoc';
const groff = existsSync('/usr/bin/man') ? false : 'needs man-db';

function pageFor(t: TestContext, language: 'en' | 'ja'): string {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-man-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'ksocket.1');
  writeFileSync(file, manPage(language, version()));
  return file;
}

for (const language of ['en', 'ja'] as const) {
  test(`mandoc finds nothing wrong with the page (${language})`, { skip: mandoc }, (t) => {
    const { stdout, status } = spawnSync('mandoc', ['-Tlint', '-Wwarning', pageFor(t, language)], { encoding: 'utf8' });
    assert.equal(stdout, '');
    assert.equal(status, 0);
  });

  test(`man prints every command and option, without a warning (${language})`, { skip: groff }, (t) => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '200', MANROFFOPT: '' };
    const { stdout, stderr } = spawnSync('man', ['--warnings', '-E', 'UTF-8', '-l', pageFor(t, language)], {
      env,
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    const shown = stdout.replace(/.\u0008/g, '').replace(/\s+/g, ' ');
    const words = wordsOf(language);
    for (const it of allCommands(words)) {
      assert.ok(shown.includes(`ksocket ${it.path.join(' ')}`), it.synopsis);
      if (language === 'en') assert.ok(shown.includes(it.description), it.description);
      for (const { name } of it.options) assert.match(shown, new RegExp(`--(no-)?${name}`));
    }
  });
}

test('the page is UTF-8 Japanese where it should be', { skip: mandoc }, (t) => {
  const shown = execFileSync('mandoc', ['-Tutf8', pageFor(t, 'ja')], { encoding: 'utf8' });
  assert.match(shown.replace(/.\u0008/g, ''), /設定を一覧/);
});
