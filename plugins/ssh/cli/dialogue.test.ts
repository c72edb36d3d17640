/** Conversations with devices that are slow, endless, silent or none, under a clock of the test’s own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Failure, failure } from 'ksocket/plugin';
import { shellScene } from '../testing/shell-scene.js';
import { Dialogue } from './dialogue.js';
import { isPager, promptKind } from './prompt.js';
import { screenText } from './terminal.js';

function scene() {
  const { input, output, shell, stopped, clock, controller } = shellScene();
  const dialogue = new Dialogue(shell, { clock, signal: controller.signal, place: 'inspect 10.0.0.1' });
  const typed = () => (input.read() as Buffer | null)?.toString() ?? '';
  const say = async (text: string) => {
    output.write(text);
    await turn();
  };
  /** Lets the device say its prompt and be believed. */
  const greeted = async () => {
    const greeting = dialogue.greet();
    await say('\r\nSwitch#');
    clock.pass(600);
    assert.equal((await greeting)?.kind, 'angle');
  };
  return { dialogue, clock, controller, input, output, typed, say, greeted, stopped };
}

test('a silent device is left after fifteen seconds, and no timer stays', async () => {
  const { dialogue, clock, typed } = scene();
  const greeting = dialogue.greet();
  clock.pass(14_999);
  clock.pass(1);
  assert.equal(await greeting, undefined);
  assert.equal(typed(), '');
  assert.equal(clock.waiting(), 0);
});

test('text that is no prompt is waited for three seconds, each time anew', async () => {
  const { dialogue, clock, say } = scene();
  const greeting = dialogue.greet();
  await say('Welcome\r\n');
  clock.pass(2999);
  await say('Unauthorized access is prohibited\r\nSwitch');
  clock.pass(2999);
  await say('#');
  clock.pass(600);
  assert.equal((await greeting)?.banner, 'Welcome\nUnauthorized access is prohibited');
});

test('a prompt in the middle of an answer does not end it', async () => {
  const { dialogue, clock, say, greeted } = scene();
  await greeted();
  const asking = dialogue.ask('show version');
  await say('show version\r\nline 1\r\nSwitch#');
  clock.pass(59);
  await say(' is a name\r\nSwitch#');
  clock.pass(60);
  assert.deepEqual(await asking, { text: 'line 1\nSwitch# is a name', state: 'ok' });
});

test('a prompt that changes ends the answer by its time limit', async () => {
  const { dialogue, clock, say, greeted } = scene();
  await greeted();
  const asking = dialogue.ask('show version');
  await say('show version\r\nline 1\r\nother#');
  clock.pass(30_000);
  assert.deepEqual(await asking, { text: 'line 1\nother#', state: 'timeout' });
  assert.equal(clock.waiting(), 0);
});

test('a password prompt in the middle of an answer gets no key', async () => {
  const { dialogue, clock, say, greeted, typed } = scene();
  await greeted();
  const asking = dialogue.ask('show version');
  assert.equal(typed(), 'show version\n');
  await say('show version\r\nPassword: ');
  clock.pass(29_999);
  assert.equal(typed(), '');
  clock.pass(1);
  assert.equal((await asking)?.state, 'timeout');
});

test('pages that never end are turned five thousand times and no more', async () => {
  const { dialogue, clock, say, greeted, typed } = scene();
  await greeted();
  const asking = dialogue.ask('show version');
  assert.equal(typed(), 'show version\n');
  let turned = 0;
  let state: string | undefined;
  asking.then((it) => {
    state = it?.state;
  });
  while (state === undefined && turned < 6000) {
    await say('x\r\n--More--');
    if (state !== undefined) break;
    clock.pass(5);
    clock.pass(55);
    if (typed() === ' ') turned++;
    else await turn();
    if (turned % 400 === 399) assert.ok(turned < 5002);
  }
  // Thirty seconds of sixty milliseconds each come first.
  assert.ok(state === 'timeout' || state === 'truncated', state);
  assert.ok(turned <= 5001, String(turned));
});

test('an answer without end is cut at its bound', async () => {
  const { dialogue, say, greeted, clock } = scene();
  await greeted();
  const asking = dialogue.ask('show version');
  const chunk = `${'x'.repeat(1023)}\n`.repeat(512);
  for (let size = 0; size <= 4 * 1024 * 1024; size += chunk.length) await say(chunk);
  const answer = await asking;
  assert.equal(answer?.state, 'truncated');
  assert.ok((answer?.text.length ?? 0) <= 4 * 1024 * 1024);
  assert.equal(clock.waiting(), 0);
});

test('a device that hangs up is asked no more', async () => {
  const { dialogue, output, greeted, say } = scene();
  await greeted();
  const asking = dialogue.ask('show version');
  await say('show version\r\nline 1');
  output.end();
  assert.deepEqual(await asking, { text: 'line 1', state: 'truncated' });
  assert.equal(await dialogue.ask('show inventory'), undefined);
});

test('an abort ends the conversation at once with its reason', async () => {
  const { dialogue, controller, greeted, clock } = scene();
  await greeted();
  const asking = dialogue.ask('show version');
  controller.abort(failure('E_CANCELLED', 'scan'));
  await assert.rejects(asking, (error) => error instanceof Failure && error.code === 'E_CANCELLED');
  assert.equal(clock.waiting(), 0);
});

test('prompts of known command lines are told from text, menus and modes that change something', () => {
  const kinds: [string, ReturnType<typeof promptKind>][] = [
    ['Router>', 'angle'],
    ['core-sw01.example#', 'angle'],
    ['RP/0/RSP0/CPU0:asr9k#', 'angle'],
    ['>', 'angle'],
    ['<H3C>', 'brackets'],
    ['admin@fw1>', 'user'],
    ['admin@PA-220(active)>', 'user'],
    ['[admin@MikroTik] >', 'routeros'],
    ['FGT60E #', 'blank'],
    ['ssg5->', 'arrow'],
    ['Router(config)#', undefined],
    ['Router(config-if)#', undefined],
    ['[H3C]', undefined],
    ['Password:', undefined],
    ['login:', undefined],
    ['Your choice:', undefined],
    ['Press any key to continue', undefined],
    ['Select [1-5] >', undefined],
    ['Are you sure? [y/n]', undefined],
    ['', undefined],
    [`${'x'.repeat(90)}#`, undefined],
  ];
  for (const [text, kind] of kinds) assert.equal(promptKind(text), kind, text);
});

test('pagers are told from text', () => {
  for (const text of [
    '--More--',
    ' --More-- ',
    '---- More ----',
    '---(more)---',
    '---(more 45%)---',
    '--More-- (24%)',
    '---つづく---',
    'lines 1-24 --More--',
  ])
    assert.ok(isPager(text), text);
  for (const text of ['more', 'Password:', 'Switch#', '-- no more ports', `${'x'.repeat(90)}--More--`])
    assert.ok(!isPager(text), text);
});

test('what a terminal would show is read: colours, wiped words and overwritten lines', () => {
  assert.equal(screenText('\u001b[1;32mSwitch#\u001b[0m'), 'Switch#');
  assert.equal(screenText('--More--\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\bnext'), 'next');
  assert.equal(screenText('a\r\n--More--\r\u001b[Knext\r\n'), 'a\nnext\n');
  assert.equal(
    screenText('  ---- More ----\u001b[42D                                          \u001b[42Dnext'),
    'next',
  );
  assert.equal(screenText('\u001b]0;title\u0007Switch#'), 'Switch#');
  assert.equal(screenText('a\u001b'), 'a');
  assert.equal(screenText('\u0007\u0000x'), 'x');
});
