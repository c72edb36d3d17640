import assert from 'node:assert/strict';
import { chownSync, lstatSync, mkdirSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Secret } from '../../contract/index.js';
import { systemClock } from '../index.js';
import { folderFor, logInto } from './testing/logs.js';

const noRoot = process.getuid?.() === 0 ? false : 'needs root';

test('a burst is all there when close returns, and logging after it is silent', (t) => {
  const { log, read } = logInto(t);
  const logger = log.logger('ksocket.test');
  for (let i = 0; i < 50_000; i++) logger.info(`line ${i}`);
  log.close();
  logger.info('too late');
  const lines = read().trimEnd().split('\n');
  assert.equal(lines.length, 50_000);
  assert.equal(lines.at(-1), 'INFO ksocket.test line 49999');
});

test('levels and filters are those of the settings', (t) => {
  const { log, read } = logInto(t, { level: 'WARNING', filters: 'ksocket.link' });
  log.logger('ksocket.link').info('no');
  log.logger('ksocket.linker').error('no');
  log.logger('ksocket.link.socket').warn('yes', { attempt: 3 });
  log.close();
  assert.equal(read(), 'WARNING ksocket.link.socket yes attempt=3\n');
});

test('the manual’s format is filled in with time, function and line', (t) => {
  const { log, read } = logInto(t, {
    format: '%(asctime)s %(levelname)s %(name)s:%(funcName)s:%(lineno)d %(message)s',
  });
  function somewhere() {
    log.logger('ksocket').info('hello');
  }
  somewhere();
  log.close();
  assert.match(read(), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO ksocket:somewhere:\d+ hello\n$/);
});

test('a secret appears nowhere, in whatever form it is written', (t) => {
  const { log, redactor, read } = logInto(t);
  redactor.addAll({ account: { password: new Secret('pa"ss\\word') } });
  const logger = log.logger('ksocket');
  logger.info('login with pa"ss\\word failed', {
    error: new Error('pa"ss\\word'),
    body: JSON.stringify({ p: 'pa"ss\\word' }),
  });
  log.close();
  assert.ok(!read().includes('pa"ss'), read());
  assert.equal(read().match(/\[redacted\]/g)?.length, 3);
});

test('a secret with a tab or a control character is hidden too', (t) => {
  const { log, redactor, read } = logInto(t);
  redactor.add(new Secret('pa\tss\u0001word'));
  log.logger('ksocket').info('login with pa\tss\u0001word failed');
  log.close();
  assert.equal(read(), 'INFO ksocket login with [redacted] failed\n');
});

test('one record is one line, whatever a target put into it', (t) => {
  const { log, read } = logInto(t);
  log.logger('ksocket').info('banner\nINFO ksocket forged\u001b[2J');
  log.close();
  assert.equal(read(), 'INFO ksocket banner\\nINFO ksocket forged\\x1b[2J\n');
});

test('no line goes to a file that was moved away', (t) => {
  const { log, file, read } = logInto(t);
  const logger = log.logger('ksocket');
  for (let i = 0; i < 50; i++) {
    logger.info(`before ${i}`);
    renameSync(file, `${file}.${i}.prev`);
  }
  logger.info('after');
  log.close();
  assert.equal(read(), 'INFO ksocket after\n');
  for (let i = 0; i < 50; i++) assert.equal(read(`${file}.${i}.prev`), `INFO ksocket before ${i}\n`);
});

test('every attribute of a record that Python has and that means something here is filled in', (t) => {
  const now = Date.UTC(2026, 3, 3, 12, 0, 0) + 7;
  let at = now;
  const { log, read } = logInto(t, {
    clock: { ...systemClock, now: () => at },
    format:
      '%(created)f|%(msecs)03d|%(relativeCreated)d|%(levelno)s|%(levelname)-8s|%(filename)s|%(module)s|%(lineno)05d|%(process)d|%(processName)s|%(thread)d|%(threadName)s|%(message).4s|%(name)10s|100%%',
  });
  at += 1500;
  log.logger('ksocket').info('a long message');
  log.close();
  assert.match(
    read(),
    new RegExp(
      `^${(now + 1500) / 1000}000\\|507\\|1500\\|20\\|INFO    \\|log\\.test\\.js\\|log\\.test\\|0\\d{4}\\|${process.pid}\\|MainProcess\\|0\\|MainThread\\|a lo\\|   ksocket\\|100%\n$`,
    ),
  );
  const where = logInto(t, { format: '%(pathname)s' });
  where.log.logger('ksocket').info('');
  where.log.close();
  assert.equal(where.read().trimEnd(), new URL(import.meta.url).pathname);
});

test('as JSON a record is one object a line, and secrets are hidden in every part of it', (t) => {
  const { log, redactor, read } = logInto(t, { style: 'json' });
  for (const secret of ['pa"ss\\word', '20260403', 'keyword']) redactor.add(new Secret(secret));
  log.logger('ksocket.link').warn('with pa"ss\\word', {
    deep: { list: ['pa"ss\\word', 20260403, 7], keyword: true },
    error: Object.assign(new Error('no pa"ss\\word'), { code: 'E1' }),
    secret: new Secret('unknown to the redactor'),
    line: 'a\nb\u2028\u009b',
  });
  log.close();
  assert.equal(
    read()
      .trimEnd()
      .split(/[\n\u2028]/).length,
    1,
  );
  assert.ok(!/[\u007f-\u009f]/.test(read()));
  const { time, at, pid, ...rest } = JSON.parse(read());
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 3_600_000);
  assert.match(at, /log\.test\.js:\d+$/);
  assert.equal(pid, process.pid);
  assert.deepEqual(rest, {
    level: 'WARNING',
    name: 'ksocket.link',
    message: 'with [redacted]',
    fields: {
      deep: { list: ['[redacted]', '[redacted]', 7], '[redacted]': true },
      error: { message: 'no [redacted]', code: 'E1' },
      secret: '[redacted]',
      line: 'a\nb\u2028\u009b',
    },
  });
});

test('a record of a megabyte is cut', (t) => {
  const { log, read } = logInto(t);
  log.logger('ksocket').info('x'.repeat(1024 * 1024));
  log.close();
  assert.match(read(), /x{100}… \(1048576 characters\)\n$/);
  assert.ok(read().length < 20_000);
});

test('the file is for its owner and group alone; what root begins belongs to the owner of the folder', {
  skip: noRoot,
}, (t) => {
  const folder = join(folderFor(t), 'log');
  mkdirSync(folder);
  chownSync(folder, 12_345, 12_346);
  const { log, file } = logInto(t, { file: join(folder, 'ksocket.log') });
  log.close();
  const { uid, gid, mode } = statSync(file);
  assert.deepEqual([uid, gid, mode & 0o777], [12_345, 12_346, 0o640]);
});

test('root follows no link that another user has laid in place of the log', { skip: noRoot }, (t) => {
  const folder = folderFor(t);
  const target = join(folder, 'target');
  const place = join(folder, 'log');
  mkdirSync(place);
  symlinkSync(target, join(place, 'ksocket.log'));
  logInto(t, { file: join(place, 'ksocket.log') }).log.close();
  assert.ok(lstatSync(target).isFile(), 'a link of one’s own is followed');
  chownSync(place, 12_345, 12_346);
  assert.throws(() => logInto(t, { file: join(place, 'ksocket.log') }), /it is a link in a folder of another user/);
});

test('a place that cannot be written is one sentence, or the standard error for who must go on', (t) => {
  const folder = folderFor(t);
  assert.throws(
    () => logInto(t, { file: folder }),
    (error: Error & { sentence?: string }) =>
      /cannot be written: it is a folder; .*--logfile/.test(error.sentence ?? ''),
  );
  const { log } = logInto(t, { file: folder, orStandardError: true, filters: 'nothing' });
  log.logger('ksocket').info('not said');
  log.close();
});
