/** The unit as systemd itself reads it (`systemd-analyze`, which needs no running systemd), for directories of every kind. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { checkPath, commandLine, quoted } from './systemd-syntax.js';
import { isHidden, readUnit, type UnitFacts, unitText } from './systemd-unit.js';

const analyze = '/usr/bin/systemd-analyze';
const skip = existsSync(analyze) ? false : 'needs systemd-analyze';
const facts: UnitFacts = {
  home: '/opt/fixpoint/ksocket',
  account: 'root',
  group: 'root',
  notifies: true,
  settles: true,
};

function written(t: TestContext, name: string, change: Partial<UnitFacts> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-unit-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const home = join(folder, name);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'ksocket'), '#!/bin/sh\n');
  chmodSync(join(home, 'bin', 'ksocket'), 0o755);
  const file = join(folder, 'ksocket.service');
  writeFileSync(file, unitText({ ...facts, home, ...change }));
  return file;
}

for (const name of [
  'ksocket',
  'Program Files',
  '100%',
  '%h%n%%',
  'quo"te',
  "it's",
  'back\\slash',
  '$HOME',
  'semi;colon #hash',
  '会社 システム',
  `all of it: 会社 %h "it's" \\ $HOME \`id\``,
]) {
  test(`systemd finds nothing wrong with the unit of an installation in ${name}`, { skip }, (t) => {
    const { status, stderr } = spawnSync(analyze, ['verify', '--man=no', written(t, name)], { encoding: 'utf8' });
    const ours = stderr.split('\n').filter((line) => line.includes('ksocket'));
    assert.deepEqual([status, ours], [0, []]);
  });
}

test('systemd-analyze sees an exposure of at most 2.0 in the unit alone', { skip }, (t) => {
  const file = written(t, 'ksocket');
  writeFileSync(file, unitText({ ...facts, account: 'ksocket', group: 'ksocket' }));
  const { stdout } = spawnSync(analyze, ['security', '--offline=true', '--no-pager', file], { encoding: 'utf8' });
  const score = Number(/Overall exposure level for ksocket\.service: ([\d.]+)/.exec(stdout)?.[1]);
  assert.ok(score <= 2, stdout);
});

test('any directory that the unit can name is read back from it as it was', () => {
  const component = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((it) => !it.includes('/'));
  fc.assert(
    fc.property(fc.array(component, { minLength: 1, maxLength: 3 }), (components) => {
      const home = `/${components.join('/')}`;
      try {
        checkPath(home);
      } catch {
        return;
      }
      assert.equal(readUnit(unitText({ ...facts, home })).home, home);
    }),
    { examples: [[['\u2028!']]] },
  );
});

test('a directory that no line of a unit can hold is refused before anything is written', () => {
  for (const home of ['/opt/a\nExecStart=/bin/evil', '/opt/a\t', '/opt/a ', '/opt/a\\'])
    assert.throws(() => unitText({ ...facts, home }), /cannot stand in a service file/);
});

test('a program whose path systemd does not start is started by a shell that becomes it', () => {
  assert.equal(commandLine('/opt/a b%/k', 'connect'), '"/opt/a b%%/k" connect');
  assert.equal(commandLine(`/opt/it's $x/k`, 'connect'), `/bin/sh -c "exec '/opt/it'\\\\''s $$x/k' connect"`);
  assert.equal(quoted('a\\b"c%d'), '"a\\\\b\\"c%%d"');
});

test('an exit that a start cannot mend prevents it, and no other does', () => {
  const text = unitText(facts);
  assert.match(text, /^Restart=on-failure$/m);
  assert.match(text, /^RestartPreventExitStatus=77 78$/m);
});

test('an update is settled as root before each start, where there are slots; its failure does not hold the agent', () => {
  assert.match(unitText(facts), /^ExecStartPre=-\+"\/opt\/fixpoint\/ksocket\/bin\/ksocket" update settle$/m);
  assert.doesNotMatch(unitText({ ...facts, settles: false }), /ExecStartPre/);
});

test('an installation that cannot tell systemd anything is not killed for its silence', () => {
  const text = unitText({ ...facts, notifies: false });
  assert.match(text, /^Type=simple$/m);
  assert.doesNotMatch(text, /Watchdog|notify/);
});

test('the sandbox never hides the installation itself', () => {
  assert.match(unitText(facts), /^ProtectHome=yes$/m);
  assert.match(unitText({ ...facts, home: '/home/ops/ksocket' }), /^ProtectHome=no$/m);
  assert.match(unitText({ ...facts, home: '/tmp/ksocket' }), /^PrivateTmp=no$/m);
  assert.ok(isHidden('/root/.aws/credentials', '/opt/ksocket'));
  assert.ok(!isHidden('/root/.aws/credentials', '/root/ksocket'));
  assert.ok(!isHidden('/homes/a', '/opt/ksocket'));
});
