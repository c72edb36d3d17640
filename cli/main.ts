#!/usr/bin/env node
/** `ksocket`. The version is printed without loading anything else; every command loads only what it uses. */
import { version } from './version.js';

// Whoever reads us may have seen enough (`| head`); that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const [first, second] = process.argv.slice(2);
if (second === undefined && (first === 'version' || first === '--version')) {
  process.stdout.write(`${version()}\n`);
} else {
  const { run } = await import('./run.js');
  process.exitCode = await run(process.argv.slice(2));
}
