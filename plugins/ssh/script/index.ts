/**
 * What runs on a target: one constant POSIX sh script (dash, bash, BusyBox ash, ksh), fed to the standard input of one `/bin/sh`.
 * It writes nothing, takes no argument, and reads only what is listed in this folder. The only values from outside are the two of
 * the greeting, a hexadecimal nonce and 0 or 1.
 */
import { aix } from './aix.js';
import { bsd } from './bsd.js';
import { esxi } from './esxi.js';
import { head } from './head.js';
import { hpux } from './hpux.js';
import { linux } from './linux/index.js';
import { macos } from './macos.js';
import { solaris } from './solaris.js';
import { unix } from './unix.js';

/**
 * The first line, before anything else is sent: only a POSIX shell answers with `@NONCE 42`. The command line of a switch or a
 * menu that ignores which program was asked for never gets to see the script.
 */
export const greeting = (nonce: string, sudo: boolean) => `K=${nonce}; S=${sudo ? 1 : 0}; echo "@$K $((40+2))"\n`;

/** The word that the greeting makes a shell say. */
export const greetingAnswer = '42';

/** What Solaris 10’s /bin/sh makes of the greeting: a Bourne shell, which knows no arithmetic, and no `$(…)` either. */
export const bourneAnswer = '$((40+2))';

/** Its answer to that: the POSIX shell of the same system, which greets in its place (Solaris’ standards(5)). */
export const posixShell = `export K S; exec /usr/xpg4/bin/sh -c 'echo "@$K $((40+2))"; exec /usr/xpg4/bin/sh'\n`;

const main = `
main() {
  gently
  system=$(uname -s)
  brief kernel kernel
  if [ "$system" = Linux ]; then linux; else unix; fi
  echo "@$K done"
}
main </dev/null 2>/dev/null
exit 0
`;

/** The braces make the shell read the whole script before it runs a line of it, so that no command can eat the rest. */
export const script = `{${[head, linux, macos, bsd, aix, solaris, hpux, esxi, unix, main].join('')}}\n`;
