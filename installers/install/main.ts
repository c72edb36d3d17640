#!/usr/bin/env node
/** `ksinstall`, run by the runtime in the archive. */
import { ksinstall } from './ksinstall.js';

process.exitCode = await ksinstall(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
