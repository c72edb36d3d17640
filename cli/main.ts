#!/usr/bin/env node
/** `ksocket`. The version is printed without loading anything else; every command loads only what it uses. */
import { version } from './version.js';

const [first, second] = process.argv.slice(2);
if (second === undefined && (first === 'version' || first === '--version')) {
  process.stdout.write(`${version()}\n`);
} else {
  const { run } = await import('./run.js');
  process.exitCode = await run(process.argv.slice(2));
}
