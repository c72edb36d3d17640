/** How the command lines of network devices ask for the next command, and how they ask whether to go on. */

export type PromptKind =
  /** `Router>`, `Router#`: Cisco and all who followed. */
  | 'angle'
  /** `<H3C>`: Comware and VRP. */
  | 'brackets'
  /** `admin@fw>`: Junos and PAN-OS. */
  | 'user'
  /** `[admin@MikroTik] >` */
  | 'routeros'
  /** `fgt #`, `fgt $`, with a blank before: FortiOS. */
  | 'blank'
  /** `ssg5->`: ScreenOS. */
  | 'arrow';

/** A prompt is short; a longer last line is text. */
const maxPrompt = 80;
const name = '[A-Za-z0-9][A-Za-z0-9._:/()-]{0,63}';

const forms: readonly (readonly [PromptKind, RegExp])[] = [
  ['routeros', /^\[[^\]\s]{1,64}\] ?>$/],
  ['brackets', /^<[^<>\s]{1,64}>$/],
  ['arrow', new RegExp(`^${name}->$`)],
  ['user', /^[A-Za-z0-9._-]{1,40}@[A-Za-z0-9._:/()-]{1,64}>$/],
  ['blank', new RegExp(`^${name} [#$]$`)],
  ['angle', new RegExp(`^(?:[A-Z]{2}/[0-9A-Z/]{1,20}:)?${name}[>#]$`)],
];
/** Yamaha's prompt before somebody gave the router a name. */
const bare = /^[>#]$/;

/** What a last line without its line end asks for, or undefined where it is no prompt. */
export function promptKind(lastLine: string): PromptKind | undefined {
  const line = lastLine.trim();
  if (line === '' || line.length > maxPrompt) return undefined;
  // A mode in which commands change the device is none that we would type in.
  if (/\((?:conf|config)[^)]{0,40}\)/.test(line)) return undefined;
  const form = forms.find(([, pattern]) => pattern.test(line));
  return form?.[0] ?? (bare.test(line) ? 'angle' : undefined);
}

/** The last words of a page, in lower case, of which the device wants to hear a key. */
const pagers = [
  '--more--',
  '-- more --',
  '---- more ----',
  '---(more)---',
  '--- more ---',
  '---more---',
  '--more or (q)uit--',
  'press any key to continue (q to quit)',
  '-- more --, next page: space, next line: enter, quit: control-c',
  'press space to continue or q to quit',
  // Yamaha's console in Japanese: “continues”.
  '---つづく---',
];

/** `---(more 45%)---` of Junos and `--More-- (24%)`. */
export function isPager(lastLine: string): boolean {
  const line = lastLine.trim().toLowerCase();
  if (line.length > maxPrompt) return false;
  return pagers.some((it) => line.endsWith(it)) || /^-{2,4} ?\(?more\b[^\n]{0,20}\d{1,3}% ?\)?-{0,4}\)?$/.test(line);
}

/** What a device answers to a command that it does not have, or not for this account: the beginning of a line, in lower case. */
const refusals = [
  '% invalid',
  '% unrecognized command',
  '% unknown command',
  '% incomplete command',
  '% ambiguous command',
  '% wrong parameter',
  '% too many parameters',
  '% permission denied',
  '% authorization failed',
  'invalid input',
  'invalid command',
  'invalid syntax',
  'unknown command',
  'unrecognized command',
  'command not found',
  'command authorization failed',
  'permission denied',
  'syntax error',
  'error: syntax error',
  'error: unknown',
  'error: permission denied',
  'command fail',
  'bad command name',
  'expected end of command',
  '(invalid',
];
const refusalLines = 6;

export function isRefusal(answer: string): boolean {
  const lines = answer.split('\n', 64).map((it) => it.trim().toLowerCase());
  const said = lines.filter((it) => it !== '' && it !== '^');
  // A refusal is all that there is; a device may put a few lines of help below it.
  return said.length <= refusalLines && said.some((it) => refusals.some((start) => it.startsWith(start)));
}
