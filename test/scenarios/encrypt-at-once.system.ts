/**
 * `ksocket encrypt`, `--new-key`, `--forget-old-keys` and `decrypt` at the same files by processes at the same moment, one of them killed
 * anywhere: whatever comes of it, no file may need a key that is gone.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ksocketProgram } from '../start/processes.js';
import { homeOf, ksocket } from './typed.js';

const turns = 12;
const names = ['0.toml', '1.toml', '2.toml'];
const textOf = (name: string) => `includes = ["192.0.2.0/24"]\n[account]\nusername = "u"\npassword = "of ${name}"\n`;

/** Commands without the start of a process between them, so that they meet. Each one that is over is a line. */
const script = `
  const { encrypt, decrypt } = await import(process.env.MODULE);
  const sink = { write: () => true };
  const context = { env: process.env, language: 'en', stdout: sink, stderr: sink, signal: new AbortController().signal };
  const files = JSON.parse(process.env.FILES);
  const turn = async (file) => {
    await decrypt(context, { files: [file] });
    await encrypt(context, { files: [file] });
  };
  const commands = {
    first: () => turn(files[0]),
    last: () => turn(files[2]),
    renew: () => encrypt(context, { newKey: true }),
    forget: () => encrypt(context, { forgetOldKeys: true }),
  };
  for (let n = 0; n < ${turns}; n += 1) {
    await commands[process.env.COMMAND]().catch(() => undefined);
    console.log('over');
  }`;

function start(
  home: string,
  command: string,
  files: readonly string[],
): { child: ChildProcess; lines: () => AsyncIterable<string> } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      KSOCKET_HOME: home,
      MODULE: new URL('../../cli/encrypt.js', import.meta.url).href,
      FILES: JSON.stringify(files),
      COMMAND: command,
    },
  });
  return { child, lines: () => createInterface({ input: child.stdout! }) };
}

async function installation(t: TestContext) {
  const home = await homeOf(t, Object.fromEntries(names.map((name) => [`credentials/ssh/${name}`, textOf(name)])));
  const files = names.map((name) => join(home, 'etc/ksocket/credentials/ssh', name));
  /** @throws AssertionError for a file that does not decrypt, or says something else than at first */
  const readable = async (about: string) => {
    const { code, stderr } = await ksocket(home, ['decrypt', ...files]);
    assert.equal(code, 0, `${about}: ${stderr}`);
    for (const [i, file] of files.entries()) assert.equal(readFileSync(file, 'utf8'), textOf(names[i]!));
  };
  return { home, files, readable };
}

test('whoever encrypts, renews and forgets keys at once, and whoever is killed at it: every file can be read', async (t) => {
  const { home, files, readable } = await installation(t);
  assert.equal((await ksocket(home, ['encrypt', ...files])).code, 0);
  const running = ['first', 'last', 'renew', 'forget'].map((command) => start(home, command, files));
  const victim = running[Math.floor(Math.random() * running.length)]!;
  const other = running[(running.indexOf(victim) + 1) % running.length]!;
  const at = Math.ceil((Math.random() * turns) / 2);
  const ended = running.map(({ child }) => once(child, 'exit'));
  // Its own lines say nothing about where it is when somebody else is done.
  await Promise.all(
    running.map(async (it) => {
      let count = 0;
      for await (const _ of it.lines()) if (it === other && ++count === at) victim.child.kill('SIGKILL');
    }),
  );
  const codes = (await Promise.all(ended)).map(([code, signal]) => code ?? signal);
  assert.ok(codes.filter((it) => it === 0).length >= 3, `the others end: ${codes}`);
  await readable(`killed ${codes} at ${at}`);
});

for (const signal of ['SIGCONT', 'SIGKILL'] as const) {
  test(`who stands still between key and file, while others take the key away, loses nothing (${signal})`, {
    skip: existsSync('/usr/bin/strace') && process.platform === 'linux' ? false : 'needs strace',
  }, async (t) => {
    const { home, files, readable } = await installation(t);
    assert.equal((await ksocket(home, ['encrypt', files[1]!])).code, 0);
    const env = { ...process.env, KSOCKET_HOME: home };
    // It stops itself when it has opened the key for the second time: to prove what it has encrypted, before it writes.
    const key = join(home, 'etc/ksocket/credential.key');
    const journal = join(home, 'strace');
    const options = ['-f', '-qq', '-o', journal, '-P', key, '-e', 'inject=openat:signal=SIGSTOP:when=2'];
    const command = [process.execPath, ksocketProgram, 'encrypt', files[0]!];
    // strace counts the calls of each thread for itself.
    const tracer = spawn('strace', [...options, ...command], {
      env: { ...env, UV_THREADPOOL_SIZE: '1' },
      stdio: 'ignore',
    });
    t.after(() => tracer.kill('SIGKILL'));
    const ended = once(tracer, 'exit');
    await found(() => (existsSync(journal) && /stopped by SIGSTOP/.test(readFileSync(journal, 'utf8'))) || undefined);
    const stopped = childrenOf(tracer.pid!)[0]!;

    let isOver = false;
    const others = spawn(
      'sh',
      ['-c', '"$0" "$1" encrypt --new-key && "$0" "$1" encrypt --forget-old-keys', ...command],
      {
        env,
        stdio: 'ignore',
      },
    );
    const over = once(others, 'exit').then(() => (isOver = true));
    // Until they are through, or wait for it.
    await found(() => isOver || waitsForLock(others.pid!) || undefined);
    process.kill(stopped, signal);
    await Promise.all([ended, over]);
    await readable(signal);
  });
}

const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((it) => /^\d+$/.test(it) && stateOf(Number(it)).split(') ')[1]?.split(' ')[1] === `${parent}`)
    .map(Number);

function stateOf(id: number): string {
  try {
    return readFileSync(`/proc/${id}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/** Has a child of it the lock open? */
const waitsForLock = (parent: number): boolean =>
  childrenOf(parent).some((it) => {
    try {
      return readdirSync(`/proc/${it}/fd`).some((fd) => /\.lock$/.test(readlinkSync(`/proc/${it}/fd/${fd}`)));
    } catch {
      return false;
    }
  });

async function found<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const it = look();
    if (it !== undefined) return it;
    await turn();
  }
}
