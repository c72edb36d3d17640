/** A disk without room: a tmpfs of 128 KiB. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { logInto, type Test } from './testing/logs.js';

const noRoot = process.getuid?.() === 0 ? false : 'needs root, for a file system of its own';
const skip = process.platform === 'linux' ? noRoot : 'needs Linux';

function smallDisk(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', folder]);
  t.after(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Fills the disk with lines, makes room, and logs one more. */
function fill(t: Test, style: 'text' | 'json'): string[] {
  const folder = smallDisk(t);
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(60 * 1024));
  const { log, read } = logInto(t, { file: join(folder, 'ksocket.log'), style, format: '%(levelname)s %(message)s' });
  const logger = log.logger('ksocket');
  for (let i = 0; i < 2000; i++) logger.info(`line ${i} ${'x'.repeat(61)} end`);
  rmSync(ballast);
  logger.info('room again');
  log.close();
  return read().trimEnd().split('\n');
}

const said = /(\d+) log lines were lost here: the file could not be written \(ENOSPC\)$/;

test('lines that a full disk does not take are counted and said when there is room again; the next line is whole', {
  skip,
}, (t) => {
  const lines = fill(t, 'text');
  const whole = lines.filter((line) => /^INFO line \d+ x{61} end$/.test(line)).length;
  assert.equal(lines.at(-1), 'INFO room again');
  assert.match(lines.at(-2) ?? '', /^WARNING /);
  assert.equal(whole + Number(said.exec(lines.at(-2) ?? '')?.[1]), 2000);
  assert.ok(lines.length - whole - 2 <= 1, 'at most one line was cut');
});

test('as JSON the lost lines are said as a record', { skip }, (t) => {
  const lines = fill(t, 'json');
  const records = lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as { level: string; name: string; message: string }];
    } catch {
      return [];
    }
  });
  assert.ok(lines.length - records.length <= 1, 'at most one line was cut');
  const { level, name, message } = records.at(-2)!;
  assert.deepEqual([level, name], ['WARNING', 'ksocket.log']);
  assert.equal(records.length - 2 + Number(said.exec(message)?.[1]), 2000);
});

test('a disk that is full when the log is opened stops no agent: the file is there when there is room', {
  skip,
}, (t) => {
  const folder = smallDisk(t);
  const ballast = join(folder, 'ballast');
  try {
    writeFileSync(ballast, Buffer.alloc(256 * 1024));
  } catch {}
  const { log, file } = logInto(t, { file: join(folder, 'ksocket.log'), format: '%(message)s' });
  log.logger('ksocket').info('lost');
  rmSync(ballast);
  log.logger('ksocket').info('kept');
  log.close();
  assert.match(readFileSync(file, 'utf8'), /^1 log line was lost here: .*\nkept\n$/);
});
