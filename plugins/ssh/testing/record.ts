/**
 * Records what the script says on a machine as a test case:
 *   node dist/plugins/ssh/testing/record.js plugins/ssh/fixtures/CASE/output.txt [command that becomes a POSIX shell…]
 * KSOCKET_SUDO=1 permits sudo. Read the file before it is shared: it holds host names, addresses and the list of packages.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { greeting, script } from '../script/index.js';
import { fixtureNonce } from './fixtures.js';

const [file, command = '/bin/sh', ...args] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: record.js FILE [COMMAND…]');
const shell = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
shell.stdin.end(greeting(fixtureNonce, process.env.KSOCKET_SUDO === '1') + script);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, await text(shell.stdout));
