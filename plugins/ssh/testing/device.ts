/**
 * A network device as a login shell: what sshd starts for it in place of a shell, on a real terminal.
 *   node device.js DIALOGUE [habit…]
 * It does its own echo and its own paging, as such devices do. Every line that it is sent is kept in `typed` in its folder.
 */
import { appendFileSync } from 'node:fs';
import { readDialogue } from './dialogues.js';

const [file = '', ...habits] = process.argv.slice(2);
const device = readDialogue(file);
const has = (habit: string) => habits.includes(habit);
const say = (text: string) => process.stdout.write(text);
const lines = (text: string) => text.replaceAll('\n', '\r\n');
const noPaging = new Set([
  'terminal length 0',
  'screen-length disable',
  'set cli screen-length 0',
  'screen-length 0 temporary',
  'set terminal pager disable',
  'set cli pager off',
]);
const pageLength = 5;

let paging = true;
let asked = 0;
let waiting: string[] | undefined;
let line = '';

function prompt(): void {
  asked++;
  const name = has('changing-prompt') && asked > 2 ? `other${asked}#` : device.prompt;
  say(has('colours') ? `\u001b[1;32m${name}\u001b[0m\u001b[K ` : `${name} `);
}

function page(rest: string[]): void {
  if (has('endless-paging') && rest.length < 100) rest.push(...Array.from({ length: 50 }, () => 'and so on'));
  if (!paging || rest.length <= pageLength) {
    say(lines(`${rest.join('\n')}\n`));
    return prompt();
  }
  say(lines(`${rest.slice(0, pageLength).join('\n')}\n`));
  waiting = rest.slice(pageLength);
  say(has('colours') ? '\u001b[7m --More-- \u001b[0m' : ' --More-- ');
}

function command(text: string): void {
  appendFileSync('typed', `${text}\n`);
  if (has('silent-after-version') && asked > 2) return;
  if (has('hangs-up') && asked > 2) process.exit(0);
  if (noPaging.has(text) && !has('ignores-no-paging')) paging = false;
  const answer = device.answers.get(text);
  if (has('endless')) {
    const more = () => {
      while (say('and so on, and so on, and so on\r\n'));
      process.stdout.once('drain', more);
    };
    return more();
  }
  if (answer !== undefined) return page(answer.split('\n'));
  say(noPaging.has(text) ? '' : "            ^\r\n% Invalid input detected at '^' marker.\r\n\r\n");
  prompt();
}

const asProgram = process.env.SSH_ORIGINAL_COMMAND;
if (asProgram !== undefined) {
  appendFileSync('programs', `${asProgram}\n`);
  // IOS, to an exec request for what it does not know.
  process.stdout.write(`Line has invalid autocommand "${asProgram}"`);
  process.exit(1);
}
process.stdin.setRawMode?.(true);
if (has('banner-like-a-prompt')) say('\r\nThis system is monitored:\r\nlogin-server#');
if (has('menu')) {
  say('\r\n 1) Show status\r\n 2) Restart\r\n 0) Leave\r\n\r\nYour choice: ');
} else if (has('new-password')) {
  say('\r\nYour password has expired.\r\nNew password: ');
} else if (!has('silent')) {
  const begin = () => {
    say(`\r\n${lines(device.banner)}\r\n`);
    prompt();
  };
  if (has('banner-like-a-prompt')) setTimeout(begin, 100);
  else begin();
}
process.stdin.on('data', (keys: Buffer) => {
  for (const key of keys.toString('latin1')) {
    if (waiting !== undefined) {
      const rest = waiting;
      if (key !== ' ') continue;
      waiting = undefined;
      say(has('colours') ? '\r\u001b[K' : `${'\b'.repeat(10)}${' '.repeat(10)}${'\b'.repeat(10)}`);
      page(rest);
    } else if (key === '\n' || key === '\r') {
      say('\r\n');
      const text = line.trim();
      line = '';
      command(text);
    } else {
      line += key;
      say(key);
    }
  }
});
process.stdin.on('end', () => process.exit(0));
