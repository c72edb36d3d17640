#!/usr/bin/env node
/** `ksuninstall`, run by the installed runtime. */
import { ksuninstall } from './ksuninstall.js';

process.exitCode = await ksuninstall(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
