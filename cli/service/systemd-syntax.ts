/** Text in the places of a unit file (systemd.syntax(7), systemd.unit(5) "Specifiers"). */
import { failure } from '../../core/contract/index.js';

/** `%` begins a specifier everywhere in a unit. */
const plain = (text: string): string => text.replaceAll('%', '%%');

/** A word where systemd splits at spaces and removes quotes: ExecStart=, Environment=, ReadWritePaths=, RequiresMountsFor=. */
export const quoted = (text: string): string => `"${plain(text).replace(/[\\"]/g, '\\$&')}"`;

/**
 * A command line for ExecStart= and its kind. systemd starts no program with a quote or a backslash in its path (systemd 252:
 * "Executable name contains special characters"), but a shell does; `exec` leaves it the process that systemd knows.
 */
export function commandLine(program: string, ...args: string[]): string {
  if (!/[\\"']/.test(program)) return [quoted(program), ...args].join(' ');
  // Its own quoting is settled before systemd's: ' ends the word, \' is one, ' begins it again. `$$` is systemd's word for a dollar.
  const word = `'${program.replaceAll("'", "'\\''")}'`;
  return `/bin/sh -c ${quoted(['exec', word, ...args].join(' ')).replaceAll('$', '$$$$')}`;
}

/** A whole line that systemd takes as it stands: WorkingDirectory=, Description=. */
export const whole = plain;

/** What `whole` has written. */
export const unescaped = (text: string): string => text.replaceAll('%%', '%');

/** A path that every line of the unit can hold. @throws Failure E_INPUT for the characters that none can */
export function checkPath(path: string): string {
  // A line ends at a control character, goes on after a backslash at its end, and loses spaces there.
  if (/[\u0000-\u001f\u007f]|[\\\s]$/.test(path)) {
    throw failure('E_INPUT', `${JSON.stringify(path)} cannot stand in a service file`, {
      remedy:
        'install ksocket in a directory whose name has no control characters and no space or backslash at its end',
    });
  }
  return path;
}
