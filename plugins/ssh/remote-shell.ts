/** `/bin/sh` on the target, as one exec channel of the session (RFC 4254, 6.5). */
import { failure } from 'ksocket/plugin';
import type { ClientChannel } from 'ssh2';
import type { Login } from './login.js';
import type { Shell } from './run.js';

/** @throws Failure E_UNSUPPORTED where the host runs no command, E_RESET where the connection has ended */
export function startRemoteShell(login: Login): Promise<Shell> {
  const place = `run /bin/sh after ${login.place}`;
  return new Promise((resolve, reject) => {
    const opened = (error: Error | undefined, channel: ClientChannel) => {
      if (error) return reject(failure('E_UNSUPPORTED', place, { cause: error }));
      // Unread, the error stream would fill the channel’s window and stop everything.
      channel.stderr.resume();
      resolve({
        input: channel,
        output: channel,
        stop() {
          if (channel.destroyed) return;
          // sshd passes the signal on since OpenSSH 7.9; elsewhere the shell dies of its closed output.
          try {
            channel.signal('KILL');
            channel.close();
          } catch {
            channel.destroy();
          }
        },
      });
    };
    try {
      login.client.exec('/bin/sh', opened);
    } catch (cause) {
      reject(failure('E_RESET', place, { cause }));
    }
  });
}
