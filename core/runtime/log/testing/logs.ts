/** A log in a folder of its own, for the tests. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redactor, systemClock } from '../../index.js';
import { type LogOptions, openLog } from '../index.js';

export interface Test {
  after(run: () => unknown): void;
}

export function folderFor(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

export function logInto(t: Test, options: Partial<LogOptions> = {}) {
  const folder = folderFor(t);
  const file = options.file ?? join(folder, 'deep', 'ksocket.log');
  const redactor = new Redactor();
  const log = openLog({
    file,
    level: 'INFO',
    format: '%(levelname)s %(name)s %(message)s',
    filters: 'ksocket',
    style: 'text',
    maxBytes: 0,
    backups: 5,
    clock: systemClock,
    redactor,
    ...options,
  });
  return { log, file, folder, redactor, read: (name = file) => readFileSync(name, 'utf8') };
}
