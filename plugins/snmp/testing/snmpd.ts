/** Debian's snmpd in the foreground on a free port of the loopback, with a configuration of its own. Tests only. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

/** What is missing for a real agent, or false. */
export function withoutSnmpd(): string | false {
  for (const file of ['/usr/sbin/snmpd', '/usr/bin/snmpwalk']) {
    try {
      accessSync(file, constants.X_OK);
    } catch {
      return `needs ${file}`;
    }
  }
  return process.getuid?.() === 0 ? false : 'needs root';
}

export interface Snmpd {
  readonly port: number;
  /** Lines of `snmpwalk -On` below an OID, as `[oid, value]`. */
  walk(oid: string): Promise<[string, string][]>;
  /** Ends it and starts it again on the same port, with what it has stored, after `between`, which gets the folder of that. */
  restart(between?: (folder: string) => Promise<void>): Promise<void>;
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await once(socket.close(), 'close');
  return port;
}

/** Starts it; `community` may read everything. It ends with the test. */
export async function snmpd(t: TestContext, community: string, lines: readonly string[]): Promise<Snmpd> {
  const folder = await mkdtemp(join(tmpdir(), 'snmpd-'));
  const port = await freePort();
  const file = join(folder, 'snmpd.conf');
  await writeFile(file, [`rocommunity ${community} 127.0.0.1`, ...lines, ''].join('\n'));
  const options = ['-C', '-c', file, '-f', '-Lo', '-p', join(folder, 'pid'), '-I', '-smux', `udp:127.0.0.1:${port}`];
  let child = await started(options, folder);
  t.after(async () => {
    await ended(child);
    await rm(folder, { recursive: true });
  });

  const run = promisify(execFile);
  return {
    port,
    async restart(between) {
      await ended(child);
      await between?.(folder);
      child = await started(options, folder);
    },
    async walk(oid) {
      const target = ['-v2c', '-c', community, '-On', '-Oe', '-Cc', '-t', '10', `127.0.0.1:${port}`, oid];
      const { stdout } = await run('snmpwalk', target, { env: { ...process.env, MIBS: '' }, maxBuffer: 2 ** 26 });
      return stdout
        .split(/\n(?=\.)/)
        .map((line) => /^\.(\S+) = (?:[A-Za-z0-9-]+: )?(.*)$/s.exec(line.trimEnd()))
        .filter((it) => it !== null)
        .filter(([, , value]) => !/^No (more|Such)/.test(value!))
        .map(([, name, value]) => [name!, value!.replace(/^"(.*)"$/s, '$1')]);
    },
  };
}

async function started(options: readonly string[], folder: string): Promise<ChildProcess> {
  const child = spawn('/usr/sbin/snmpd', options, {
    env: { ...process.env, SNMP_PERSISTENT_DIR: folder, MIBS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Its last line before it begins to answer.
  let said = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (said.includes('NET-SNMP version')) break;
  }
  child.stdout.resume();
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
