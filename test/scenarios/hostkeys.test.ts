/** `ksocket hostkeys` as an operator types it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { outputOf, spawnKsocket } from '../start/processes.js';

const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const print = 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU';

function homeOf(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), 'ksocket-hostkeys-'));
  t.after(() => rmSync(home, { recursive: true }));
  // As ksinstall leaves it: everybody may come in, and two folders are the service's.
  chmodSync(home, 0o755);
  for (const it of ['var/lib/ksocket', 'var/log/ksocket']) {
    mkdirSync(join(home, it), { recursive: true });
    if (process.getuid?.() === 0) chownSync(join(home, it), 12_345, 12_346);
  }
  return home;
}

test('keys are imported, listed, approved and forgotten, and stay the service’s files', async (t) => {
  const home = homeOf(t);
  const asRoot = process.getuid?.() === 0;
  const run = (...args: string[]) => outputOf(spawnKsocket(['hostkeys', ...args, '--lang', 'en'], home));
  assert.equal(await run('list'), 'no host key is known\n');
  const file = join(home, 'known');
  writeFileSync(file, `192.0.2.1 ssh-ed25519 ${key}\n`);
  assert.equal(await run('import', file), '1 keys added\n');
  assert.match(
    await run('list'),
    new RegExp(`^192\\.0\\.2\\.1 +22 +ssh-ed25519 +${print.replaceAll('+', '\\+')} +known$`, 'm'),
  );
  const place = join(home, 'var/lib/ksocket/ssh');
  if (asRoot) for (const it of ['', '/known_hosts']) assert.equal(statSync(place + it).uid, 12_345, it);
  writeFileSync(join(place, 'refused_host_keys'), `[192.0.2.1]:22 ssh-ed25519 ${key.replace('OMq', 'OMr')}\n`);
  const [, refused] = JSON.parse(await run('list', '--json')) as { fingerprint: string; state: string }[];
  assert.equal(refused?.state, 'refused');
  const wrong = spawnKsocket(['hostkeys', 'approve', '192.0.2.1', '--fingerprint', print], home);
  assert.equal(await wrong.ended, 1);
  assert.match(wrong.errors(), /192\.0\.2\.1 shows SHA256:\S+, not SHA256:/);
  assert.match(await run('approve', '192.0.2.1', '--fingerprint', refused!.fingerprint), /known/);
  assert.match(readFileSync(join(place, 'known_hosts'), 'utf8'), /^\[192\.0\.2\.1\]:22 ssh-ed25519 \S+OMr\S+\n$/);
  assert.match(await run('forget', '192.0.2.1'), /192\.0\.2\.1/);
  assert.equal(await run('list'), 'no host key is known\n');
  for (const [args, pattern] of [
    [['approve', '192.0.2.1'], /has shown no key that was refused; scan it first/],
    [['forget', '192.0.2.1'], /no key of 192\.0\.2\.1 is known/],
    [['forget', 'web'], /"web" is no IP address/],
  ] as const) {
    const process = spawnKsocket(['hostkeys', ...args], home);
    assert.notEqual(await process.ended, 0);
    assert.match(process.errors(), pattern);
  }
});

test('two processes that meet new hosts, one of them killed, and imports meanwhile lose no key that was told as stored', async (t) => {
  const home = homeOf(t);
  const place = join(home, 'var/lib/ksocket/ssh');
  const [known, state, runtime] = [
    '../../plugins/ssh/known-hosts.js',
    '../../core/plugin-host/state.js',
    '../../core/runtime/index.js',
  ].map((it) => new URL(it, import.meta.url).href);
  // Tells each host once its key is stored; three at a time, as sessions do.
  const meets = (network: string) =>
    spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { KnownHosts } from '${known}'; import { stateIn } from '${state}'; import { systemClock } from '${runtime}';
        import { writeSync } from 'node:fs';
        process.setgid?.(${process.getuid?.() === 0 ? 12_346 : process.getgid?.()});
        process.setuid?.(${process.getuid?.() === 0 ? 12_345 : process.getuid?.()});
        const hosts = new KnownHosts(stateIn(${JSON.stringify(place)}, 'ssh', systemClock, true));
        const key = Buffer.from('${key}', 'base64');
        for (let n = 0; n < 240; n += 3)
          await Promise.all([n, n + 1, n + 2].map(async (m) => {
            const address = '${network}.' + m;
            await hosts.add({ address, port: 22, via: [] }, key, true);
            writeSync(1, address + '\\n');
          }));`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
  const told: string[] = [];
  const [agent, scan] = ['10.0.1', '10.0.2'].map((network) => {
    const it = meets(network);
    t.after(() => it.kill('SIGKILL'));
    it.stdout.setEncoding('utf8').on('data', (text: string) => told.push(...text.split('\n').slice(0, -1)));
    return it;
  });
  const ends = [agent, scan].map((it) => once(it!, 'close'));
  await Promise.all([agent, scan].map((it) => once(it!.stdout, 'data')));
  const file = join(home, 'revoked');
  for (let n = 0; n < 2; n++) {
    writeFileSync(file, `@revoked 192.0.2.${n} ssh-ed25519 ${key}\n`);
    assert.equal(await outputOf(spawnKsocket(['hostkeys', 'import', file, '--lang', 'en'], home)), '1 keys added\n');
    scan!.kill('SIGKILL');
  }
  await Promise.all(ends);
  const lines = readFileSync(join(place, 'known_hosts'), 'utf8').split('\n');
  assert.equal(lines.filter((it) => it.startsWith('@revoked 192.0.2.')).length, 2);
  assert.equal(told.filter((it) => it.startsWith('10.0.1.')).length, 240);
  const stored = new Set(lines);
  for (const address of told) assert.ok(stored.has(`[${address}]:22 ssh-ed25519 ${key}`), address);
});
