import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { Secret } from '../contract/index.js';
import { openLog, Redactor, systemClock } from './index.js';

function logInto(t: { after(run: () => unknown): void }, options: Partial<Parameters<typeof openLog>[0]> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-log-'));
  const file = join(folder, 'deep', 'ksocket.log');
  const redactor = new Redactor();
  const log = openLog({
    file,
    level: 'INFO',
    format: '%(levelname)s %(name)s %(message)s',
    filters: 'ksocket',
    clock: systemClock,
    redactor,
    ...options,
  });
  t.after(() => rmSync(folder, { recursive: true }));
  return { log, file, redactor, read: () => readFileSync(file, 'utf8') };
}

test('a burst is all there when close returns, and logging after it is silent', (t) => {
  const { log, read } = logInto(t);
  const logger = log.logger('ksocket.test');
  for (let i = 0; i < 20_000; i++) logger.info(`line ${i}`);
  log.close();
  logger.info('too late');
  const lines = read().trimEnd().split('\n');
  assert.equal(lines.length, 20_000);
  assert.equal(lines.at(-1), 'INFO ksocket.test line 19999');
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

test('a wait longer than 24 days does not end at once', async () => {
  let fired = false;
  const takeBack = systemClock.after(30 * 24 * 3600 * 1000, () => {
    fired = true;
  });
  await systemClock.sleep(20);
  takeBack();
  assert.ok(!fired);
});

test('one record is one line, whatever a target put into it', (t) => {
  const { log, read } = logInto(t);
  log.logger('ksocket').info('banner\nINFO ksocket forged\u001b[2J');
  log.close();
  assert.equal(read(), 'INFO ksocket banner\\nINFO ksocket forged\\x1b[2J\n');
});

test('a file that was moved away is opened anew', (t) => {
  let now = 0;
  const { log, file, read } = logInto(t, { clock: { ...systemClock, monotonic: () => now } });
  const logger = log.logger('ksocket');
  logger.info('before');
  renameSync(file, `${file}.prev`);
  now += 2000;
  logger.info('after');
  log.close();
  assert.equal(read(), 'INFO ksocket after\n');
  assert.match(readFileSync(`${file}.prev`, 'utf8'), /before/);
});
