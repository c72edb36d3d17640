/** The seed's chapter 2.4 on Windows' service manager as wine has it, through the real NSSM. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compile } from '../../installers/package/windows-programs.js';
import { drive, Windows, windowsObstacle } from './windows.js';

const program = drive(fileURLToPath(new URL('../../cli/main.js', import.meta.url)));
const agent = drive(fileURLToPath(new URL('./windows-agent.js', import.meta.url)));

describe('ksocket service on Windows', { skip: windowsObstacle() ?? false }, () => {
  let windows: Windows;
  let home = '';

  before(async () => {
    windows = await Windows.open();
    home = join(windows.folder, 'Fixpoint ksocket');
    mkdirSync(join(home, 'bin'), { recursive: true });
    windows.bringNssm(home);
    await laySlot();
    writeFileSync(
      join(home, 'bin', 'ksocket.cmd'),
      ['@echo off', `set KSOCKET_HOME=${drive(home)}`, `"${windows.node}" "${program}" %*`, ''].join('\r\n'),
    );
  });
  after(() => windows?.close());

  /** What ksservice.exe starts: a version whose agent is ours. It says when updates are judged. */
  const laySlot = async (): Promise<void> => {
    const place = join(home, 'usr', 'lib', 'ksocket');
    const cli = join(place, 'slots', 'a', 'app', 'dist', 'cli');
    mkdirSync(cli, { recursive: true });
    cpSync(join(windows.folder, 'node'), join(place, 'slots', 'a', 'node'), { recursive: true });
    writeFileSync(join(place, 'active'), 'a\n');
    await compile('ksservice', place);
    writeFileSync(
      join(cli, 'main.js'),
      `const { appendFileSync } = require('node:fs');
const { argv, env } = process;
appendFileSync(env.KSOCKET_HOME + '\\\\calls', argv.slice(2).join(' ') + '\\n');
if (argv[2] === 'connect') {
  argv[2] = env.KSOCKET_HOME;
  void import(${JSON.stringify(`file:///${agent.replaceAll('\\', '/')}`)});
}
`,
    );
  };
  const ksocket = (args: string) => windows.run(`"${drive(join(home, 'bin', 'ksocket.cmd'))}" ${args}`);
  const prints = async (args: string, code: number, lines: string): Promise<void> => {
    const ended = await ksocket(args);
    assert.deepEqual([ended.output, ended.code], [lines, code]);
  };
  const starts = (): string[] => {
    const file = join(home, 'starts');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
    const end = performance.now() + 90_000;
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`not within 90 s: ${what}`);
      await sleep(200);
    }
  };
  /** Never half of an order: the agent looks all the time. */
  const endsWith = (code: number): void => {
    writeFileSync(join(home, 'exit-with.new'), String(code));
    renameSync(join(home, 'exit-with.new'), join(home, 'exit-with'));
  };

  test('it is missing, is installed with the lines of the manual, and runs', async () => {
    await prints('service status', 0, 'missing\n');
    await prints(
      'service install',
      0,
      `Check if ksocket runner exists ... OK
Install the service .............. OK
Get status of the service ........ OK
Restart the service .............. OK
`,
    );
    await prints('service status', 0, 'running\n');
    await until('the agent runs', () => starts().length === 1);
    assert.match(starts()[0]!, /Fixpoint ksocket$/);
    assert.equal(readFileSync(join(home, 'calls'), 'utf8'), 'update settle\nconnect\n');
  });

  test('an agent that crashed, or lost its space (75), is started again', async () => {
    for (const [code, count] of [
      [1, 2],
      [75, 3],
    ] as const) {
      endsWith(code);
      await until(`start ${count} after exit ${code}`, () => starts().length === count);
    }
  });

  test('one that the space refuses (77) stays stopped, and start starts it', async () => {
    endsWith(77);
    await until('the service is stopped', async () => (await ksocket('service status')).output === 'stopped\n');
    assert.equal(starts().length, 3);
    await prints('service start', 0, 'Get status of the service ... OK\nStart the service ........... OK\n');
    await until('the agent runs', () => starts().length === 4);
    await prints('service start', 0, 'Get status of the service ... OK\nStart the service ........... Skip\n');
  });

  test('stop ends it by the console, cleanly', async () => {
    await prints('service stop', 0, 'Get status of the service ... OK\nStop the service ............ OK\n');
    assert.ok(existsSync(join(home, 'clean-end')));
    await prints('service stop', 0, 'Get status of the service ... OK\nStop the service ............ Skip\n');
  });

  test('installing again changes the service that is there; uninstall removes it', async () => {
    assert.equal((await ksocket('service install')).code, 0);
    await prints('service uninstall', 0, 'Stop the service ........ OK\nUninstall the service ... OK\n');
    await prints('service status', 0, 'missing\n');
  });
});
