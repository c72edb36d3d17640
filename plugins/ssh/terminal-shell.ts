/** An interactive shell on a terminal, for command lines that talk to people only (RFC 4254, 6.2 and 6.5). */
import { failure } from 'ksocket/plugin';
import type { ClientChannel } from 'ssh2';
import type { Login } from './login.js';
import type { Shell } from './run.js';

/** Wide, so that no table is broken; high, so that those who count lines by the window turn few pages. A terminal without colours. */
const terminal = { term: 'vt100', cols: 511, rows: 1000, width: 0, height: 0 } as const;

/** @throws Failure E_UNSUPPORTED where the host gives none, E_RESET where the connection has ended */
export function startTerminalShell(login: Login): Promise<Shell> {
  const place = `open a terminal after ${login.place}`;
  return new Promise((resolve, reject) => {
    const opened = (error: Error | undefined, channel: ClientChannel) => {
      if (error) return reject(failure('E_UNSUPPORTED', place, { cause: error }));
      channel.stderr.resume();
      resolve({
        input: channel,
        output: channel,
        stop() {
          if (channel.destroyed) return;
          try {
            channel.close();
          } catch {
            channel.destroy();
          }
        },
      });
    };
    try {
      login.client.shell(terminal, opened);
    } catch (cause) {
      reject(failure('E_RESET', place, { cause }));
    }
  });
}
