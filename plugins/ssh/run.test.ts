/** The run against shells that are slow, endless, silent or none, under a clock of the test’s own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { failure } from 'ksocket/plugin';
import { testRandom } from 'ksocket/testing';
import { Run } from './run.js';
import { posixShell } from './script/index.js';
import { shellScene } from './testing/shell-scene.js';

function scene() {
  const { input, output, shell, stopped, clock, controller } = shellScene();
  let lose: (why: ReturnType<typeof failure>) => void = () => undefined;
  const run = new Run({
    clock,
    random: testRandom,
    signal: controller.signal,
    place: 'inspect 10.0.0.1',
    sudo: true,
    start: async () => shell,
    whenLost(hear) {
      lose = hear;
      return () => undefined;
    },
  });
  /** Reads the greeting as a shell would, answers it, and returns the mark of this run. */
  const greet = async () => {
    const [line] = (await once(input, 'data')) as [Buffer];
    input.pause();
    const nonce = /^K=([0-9a-f]{32}); S=1;/.exec(line.toString())?.[1];
    const mark = `@${nonce}`;
    output.write(`Last login: today\n${mark} 42\n`);
    assert.match(await text(input), /^\{\n[\s\S]*exit 0\n\}\n$/);
    return mark;
  };
  return {
    run,
    input,
    output,
    clock,
    controller,
    greet,
    lose: (why: ReturnType<typeof failure>) => lose(why),
    stopped,
  };
}

test('the addresses are there before the rest has come', async () => {
  const { run, output, greet, clock, stopped } = scene();
  const network = run.network();
  const mark = await greet();
  output.write(`${mark} begin kernel\nLinux\n\n${mark} exit 0\n\n${mark} end\n${mark} network\n`);
  assert.equal((await network).parts.get('kernel')?.text, 'Linux');
  const all = run.all();
  output.write(`${mark} done\n`);
  assert.equal((await all).ending, 'ok');
  assert.equal(stopped(), 1);
  assert.equal(clock.waiting(), 0);
});

test('a shell that does not answer the greeting is none', async () => {
  const { run, input, clock, stopped } = scene();
  const all = run.all();
  await once(input, 'data');
  clock.pass(15_000);
  assert.equal((await all).ending, 'unsupported');
  assert.equal(stopped(), 1);
});

test('a shell that ends without an answer is none', async () => {
  const { run, output } = scene();
  const all = run.all();
  output.end('This account is currently not available.\n');
  assert.equal((await all).ending, 'unsupported');
});

test('a run that takes longer than a minute keeps what it has', async () => {
  const { run, output, greet, clock } = scene();
  const all = run.all();
  const mark = await greet();
  output.write(`${mark} begin kernel\nLinux\n\n${mark} exit 0\n\n${mark} end\n${mark} begin rpm\nbash\t5\tx86_64\nha`);
  await new Promise(setImmediate);
  clock.pass(60_000);
  const { ending, parts } = await all;
  assert.equal(ending, 'timeout');
  assert.equal(parts.get('kernel')?.exit, 0);
  assert.equal(parts.get('rpm')?.exit, undefined);
});

test('output without end is cut at sixteen mebibytes', async () => {
  const { run, output, greet, stopped } = scene();
  const all = run.all();
  const mark = await greet();
  output.write(`${mark} begin dpkg\n`);
  const line = Buffer.alloc(64 * 1024, 'y\n');
  for (let written = 0; stopped() === 0; written += line.length) {
    assert.ok(written < 20 * 1024 * 1024);
    if (!output.write(line)) await new Promise(setImmediate);
  }
  assert.equal((await all).ending, 'truncated');
});

test('an abort and a lost connection end the run with their own reasons', async () => {
  const aborted = scene();
  const all = aborted.run.all();
  await aborted.greet();
  aborted.controller.abort(failure('E_EXPIRED', 'scan'));
  await assert.rejects(all, { code: 'E_EXPIRED' });
  assert.equal(aborted.clock.waiting(), 0);

  const lost = scene();
  const other = lost.run.network();
  await lost.greet();
  lost.lose(failure('E_RESET', 'log in to 10.0.0.1:22 as john'));
  await assert.rejects(other, { code: 'E_RESET' });
});

test('a script that ends before it is done is told as a reset', async () => {
  const { run, output, greet } = scene();
  const all = run.all();
  await greet();
  output.end();
  await assert.rejects(all, { code: 'E_RESET' });
});

test('a run that was stopped starts nothing', async () => {
  const { run, input, clock } = scene();
  run.stop();
  await assert.rejects(run.all(), { code: 'E_CANCELLED' });
  assert.equal(input.readableLength, 0);
  assert.equal(clock.waiting(), 0);
});

test('a Bourne shell, which knows no arithmetic, hands over to the POSIX shell of its system', async () => {
  const { run, input, output } = scene();
  const asked = run.all();
  const [line] = (await once(input, 'data')) as [Buffer];
  const nonce = /^K=([0-9a-f]{32}); S=1;/.exec(line.toString())?.[1];
  output.write(`@${nonce} $((40+2))\n`);
  const [handOver] = (await once(input, 'data')) as [Buffer];
  input.pause();
  assert.match(handOver.toString(), /^export K S; exec \/usr\/xpg4\/bin\/sh -c '[^']+'\n$/);
  output.write(`@${nonce} $((40+2))\n@${nonce} 42\n`);
  assert.match(await text(input), /^\{\n[\s\S]*exit 0\n\}\n$/);
  output.write(`@${nonce} done\n`);
  assert.equal((await asked).ending, 'ok');
});

const noShell = process.platform === 'win32' && 'needs a POSIX shell';
test('the hand-over gives the next shell the run’s two values and the rest of the input', {
  skip: noShell,
}, async () => {
  const child = spawn('/bin/sh', { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`K=abc; S=1\n${posixShell.replaceAll('/usr/xpg4/bin/sh', '/bin/sh')}`);
  const [answer] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(answer.toString(), '@abc 42\n');
  child.stdin.end('echo "rest $K $S"\n');
  assert.equal(await text(child.stdout), 'rest abc 1\n');
});
