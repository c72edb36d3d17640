/** Completion in real shells: what Tab would offer, asked of bash's completion function and of zsh's in a pseudo terminal. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('main.js', import.meta.url));

/** A folder for PATH in which `ksocket` is this one, and an environment without anything of ours. */
function environment(t: TestContext): NodeJS.ProcessEnv & { folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket completion-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const command = join(folder, 'ksocket');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(command, 0o755);
  return { folder, PATH: `${folder}:${process.env.PATH}`, HOME: folder, LC_ALL: 'C.UTF-8', TERM: 'dumb' };
}

const bash = existsSync('/bin/bash') ? false : 'needs bash';
const zsh = existsSync('/usr/bin/zsh') || existsSync('/bin/zsh') ? false : 'needs zsh';

test('bash offers commands, options, choices, settings and their values', { skip: bash }, (t) => {
  const { folder, ...env } = environment(t);
  const lines = [
    'conf',
    'service ',
    'space slot ',
    'scan --mode ',
    'scan --mode=a',
    'scan --no-',
    'config connect.resumeT',
    'config plugin.intr',
    'config loglevel ',
    'completion ',
    'collect ',
  ];
  const ask = lines.map((line) => {
    const words = `ksocket ${line}`.split(' ').map((word) => `'${word}'`);
    return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; COMPREPLY=(); _ksocket_completions; echo "\${COMPREPLY[*]}"`;
  });
  const script = `source <(ksocket completion bash)\ncomplete -p ksocket\n${ask.join('\n')}\n`;
  const said = execFileSync('bash', ['--norc', '-euc', script], { env, encoding: 'utf8' }).trimEnd().split('\n');
  assert.match(said[0] ?? '', /-F _ksocket_completions ksocket/);
  const offered = Object.fromEntries(lines.map((line, i) => [line, said[i + 1]]));
  assert.equal(offered.conf, 'config');
  assert.match(offered['service '] ?? '', /^install uninstall status start stop restart\b/);
  assert.equal(offered['space slot '], 'add');
  assert.equal(offered['scan --mode '], 'intranet azure aws');
  assert.equal(offered['scan --mode=a'], '--mode=azure --mode=aws');
  assert.equal(offered['scan --no-'], '--no-collect');
  assert.equal(offered['config connect.resumeT'], 'connect.resumeTimeout connect.resumeThreshold');
  assert.match(offered['config plugin.intr'] ?? '', /^plugin\.intranet\.\w+/);
  assert.equal(offered['config loglevel '], 'DEBUG INFO WARNING ERROR CRITICAL');
  assert.equal(offered['completion '], 'bash zsh');
  assert.equal(offered['collect '] ?? '', '');
});

test('zsh offers the same with what it means', { skip: zsh }, (t) => {
  const { folder, ...env } = environment(t);
  mkdirSync(join(folder, 'functions'));
  // compadd is what every completion function hands its answers to; here it prints them.
  const script = [
    'fpath=("$HOME/functions" $fpath)',
    'ksocket completion zsh > "$HOME/functions/_ksocket"',
    'autoload -Uz compinit && compinit -u -D',
    '[[ $_comps[ksocket] == _ksocket ]] && echo registered',
    `_describe() { print -l -- "\${(@P)2}" }`,
    '_default() { echo default }',
    'words=(ksocket se); CURRENT=2; _ksocket',
    'words=(ksocket scan --mode i); CURRENT=4; _ksocket',
    'words=(ksocket collect ""); CURRENT=3; _ksocket',
  ].join('\n');
  const said = execFileSync('zsh', ['-f', '-c', script], { env, encoding: 'utf8' }).trimEnd().split('\n');
  assert.equal(said[0], 'registered');
  assert.match(said[1] ?? '', /^service:\w+/);
  assert.deepEqual(said.slice(2), ['intranet:', 'default']);
});

test('a shell that is not known is asked for; nothing is written but the script', { skip: bash }, (t) => {
  const { folder, ...env } = environment(t);
  assert.throws(
    () => execFileSync('ksocket', ['completion'], { env: { ...env, SHELL: '/bin/fish' }, stdio: 'pipe' }),
    (error: { status?: number; stderr?: Buffer }) => error.status === 2 && /name a shell/.test(String(error.stderr)),
  );
  assert.match(
    execFileSync('ksocket', ['completion'], { env: { ...env, SHELL: '/usr/bin/bash' }, encoding: 'utf8' }),
    /complete .*ksocket\n$/,
  );
});
