import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { rotate } from './rotation.js';
import { folderFor, logInto } from './testing/logs.js';

const writer = fileURLToPath(new URL('testing/writer.js', import.meta.url));

/** Everything in the folder, the oldest first. */
function linesOf(file: string): string[] {
  const folder = dirname(file);
  const numberOf = (name: string) => Number(/\.(\d+)$/.exec(name)?.[1] ?? 0);
  return readdirSync(folder)
    .sort((a, b) => numberOf(b) - numberOf(a))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
}

const inode = (file: string) => statSync(file, { bigint: true }).ino;

test('the log goes on in a new file at its size, and the oldest ones go', (t) => {
  const { log, file } = logInto(t, { maxBytes: 1000, backups: 3, format: '%(message)s' });
  for (let i = 0; i < 1000; i++) log.logger('ksocket').info(`line ${String(i).padStart(4, '0')}`);
  log.close();
  assert.deepEqual(readdirSync(dirname(file)).sort(), [
    'ksocket.log',
    'ksocket.log.1',
    'ksocket.log.2',
    'ksocket.log.3',
  ]);
  for (const name of readdirSync(dirname(file))) assert.ok(statSync(join(dirname(file), name)).size <= 1000);
  const lines = linesOf(file);
  assert.equal(lines.at(-1), 'line 0999');
  assert.deepEqual(
    lines,
    Array.from({ length: lines.length }, (_, i) => `line ${String(1000 - lines.length + i).padStart(4, '0')}`),
  );
});

test('processes that write one log together lose no line and double none, though each is killed after its last', async (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'ksocket.log');
  const names = ['service', 'command', 'other'];
  const children = names.map((name) =>
    spawn(process.execPath, [writer, file, name, '5000', '20000', '1000'], { stdio: 'inherit' }),
  );
  const ends = await Promise.all(children.map((child) => once(child, 'exit')));
  assert.deepEqual(
    ends,
    names.map(() => [null, 'SIGKILL']),
  );
  const lines = linesOf(file);
  assert.ok(readdirSync(folder).length > 5, 'it rotated');
  for (const name of names) {
    const own = lines.filter((line) => line.startsWith(`${name} `));
    assert.deepEqual(
      own.sort((a, b) => Number(a.split(' ')[1]) - Number(b.split(' ')[1])),
      Array.from({ length: 5000 }, (_, i) => `${name} ${i}`),
    );
  }
  assert.equal(lines.length, 15_000);
});

test('a kill between two renames leaves a gap, which the next rotation fills without losing a file', (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'ksocket.log');
  for (const [name, text] of [
    ['', 'now'],
    ['.1', 'one'],
    ['.3', 'three'],
  ])
    writeFileSync(file + name, String(text));
  assert.ok(rotate(file, inode(file), 3));
  assert.deepEqual(
    ['.1', '.2', '.3'].map((name) => readFileSync(file + name, 'utf8')),
    ['now', 'one', 'three'],
  );
  assert.ok(!existsSync(file));
});

test('who holds the lock is left alone; a lock that a crash has left is taken away', (t) => {
  const file = join(folderFor(t), 'ksocket.log');
  writeFileSync(file, 'now');
  writeFileSync(`${file}.lock`, '');
  assert.equal(rotate(file, inode(file), 3), false);
  utimesSync(`${file}.lock`, 1, 1);
  assert.equal(rotate(file, inode(file), 3), false);
  assert.equal(rotate(file, inode(file), 3), true);
  assert.ok(!existsSync(`${file}.lock`));
});

test('a file that somebody moved meanwhile is not moved again', (t) => {
  const file = join(folderFor(t), 'ksocket.log');
  writeFileSync(file, 'old');
  const old = inode(file);
  renameSync(file, `${file}.prev`);
  writeFileSync(file, 'new');
  assert.equal(rotate(file, old, 3), true);
  assert.equal(readFileSync(file, 'utf8'), 'new');
});

test('where files cannot be moved the log grows on', (t) => {
  const { log, file, read } = logInto(t, { maxBytes: 100, format: '%(message)s' });
  // A folder in the place of the lock stops every rotation, for root too.
  mkdirSync(`${file}.1`);
  writeFileSync(join(`${file}.1`, 'x'), '');
  mkdirSync(`${file}.2`);
  writeFileSync(join(`${file}.2`, 'x'), '');
  for (const n of [3, 4, 5]) {
    mkdirSync(`${file}.${n}`);
    writeFileSync(join(`${file}.${n}`, 'x'), '');
  }
  for (let i = 0; i < 100; i++) log.logger('ksocket').info(`line ${i}`);
  log.close();
  assert.equal(read().split('\n').length, 101);
});
