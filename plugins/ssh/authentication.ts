/**
 * In which order somebody tries to get in (RFC 4252): `none` to hear what the server accepts, every key, the password, and the
 * password as answer to keyboard-interactive (RFC 4256). One password is sent once: a server that refused it as `password`
 * would count the second refusal against the account.
 */
import type { Secret } from 'ksocket/plugin';
import type { AnyAuthMethod, AuthHandlerMiddleware, NextAuthHandler, ParsedKey, Prompt } from 'ssh2';

export interface Authentication {
  readonly handler: AuthHandlerMiddleware;
  /** Has the server refused a key or a password? */
  readonly refused: () => boolean;
}

export interface Identity {
  readonly username: string;
  readonly keys: readonly ParsedKey[];
  readonly password: Secret | undefined;
}

/** `before` runs once, after the host has proved its key and before anything of the account is sent; false stops there. */
export function authentication(identity: Identity, before: () => Promise<boolean>): Authentication {
  const { username, keys, password } = identity;
  const attempts: AnyAuthMethod[] = keys.map((key) => ({ type: 'publickey', username, key }));
  let opened = false;
  let tried = 0;
  let refusals = 0;

  if (password) {
    attempts.push({ type: 'password', username, password: password.reveal() });
    let answered = false;
    const prompt = (_: string, __: string, ___: string, prompts: Prompt[], finish: (answers: string[]) => void) => {
      // A hidden prompt of the first round asks for the password; later rounds ask for a new one or for a code.
      const answer = (it: Prompt) => (it.echo === true || answered ? '' : password.reveal());
      const answers = prompts.map(answer);
      answered = true;
      finish(answers);
    };
    attempts.push({ type: 'keyboard-interactive', username, prompt });
  }

  const handler: AuthHandlerMiddleware = (methodsLeft, _partial, next) => {
    if (!opened) {
      opened = true;
      void before().then((goOn) => goOn && next({ type: 'none', username }));
      return;
    }
    if (tried > 0) refusals++;
    const at = attempts.findIndex((it) => methodsLeft.includes(it.type));
    const [attempt] = at < 0 ? [] : attempts.splice(at, 1);
    if (attempt === undefined) return giveUp(next);
    if (attempt.type === 'password') {
      const other = attempts.findIndex((it) => it.type === 'keyboard-interactive');
      if (other >= 0) attempts.splice(other, 1);
    }
    tried++;
    next(attempt);
  };
  return { handler, refused: () => refusals > 0 };
}

/** ssh2 takes `false` for "no more methods"; its published types leave that out. */
function giveUp(next: NextAuthHandler): void {
  (next as unknown as (end: false) => void)(false);
}
