/**
 * What a server asks interactively (RFC 4256), and what the password is an answer to. A prompt is free text of the server, in
 * any language: what speaks of a code, a token or a new password never gets the password, for a wrong answer there counts
 * against the account as well.
 */
import type { Prompt } from 'ssh2';

/** Words of prompts for something else, in whole words where the language has such. Checked first: “one-time password”. */
const otherWords = new Set(
  [
    'new again retype reenter repeat confirm current old change expired',
    'otp totp hotp token code codes verification authenticator passcode pin challenge response factor 2fa mfa duo yubikey',
    'onetime once sms securid oath',
    // German, French, Spanish, Portuguese, Italian
    'neues neu wiederholen bestätigen aktuelles altes einmal einmalkennwort einmalpasswort',
    'nouveau confirmer retapez actuel nueva nuevo repita confirme actual nova novo atual nuova ripeti',
  ]
    .join(' ')
    .split(' '),
);
/** Parts of them, for languages that do not set spaces between words. */
const otherParts = [
  'one-time',
  're-enter',
  '新しい',
  '新規',
  '再入力',
  '現在の',
  '確認',
  'ワンタイム',
  'コード',
  'トークン',
  '新密码',
  '验证码',
  '确认',
];

/** More prompts in one round, or rounds in one attempt, than any real one has. */
export const maxPrompts = 16;
export const maxRounds = 8;

/** Does it ask for the password of this user, and for nothing else? */
export function asksForPassword({ prompt, echo }: Prompt, username: string): boolean {
  if (echo === true) return false;
  const text = prompt.slice(0, 1024).toLowerCase().replaceAll(username.toLowerCase(), ' ');
  if (otherParts.some((part) => text.includes(part))) return false;
  return !text.split(/[^\p{L}\p{N}]/u).some((word) => otherWords.has(word));
}

/** Text of a server for a sentence: one line, nothing that a terminal obeys. */
export function printable(text: string): string {
  return text
    .slice(0, 120)
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]/gu, ' ')
    .trim();
}
