/** `/bin/sh` on the target, as one exec channel of the session (RFC 4254, 6.5). */
import type { Clock } from 'ksocket/plugin';
import { close, openChannel } from './channel.js';
import type { Login } from './login.js';
import type { Shell } from './run.js';

/** @throws Failure E_UNSUPPORTED where the host runs no command, E_TIMEOUT, E_RESET where the connection has ended */
export async function startRemoteShell(login: Login, parts: { clock: Clock; signal: AbortSignal }): Promise<Shell> {
  const place = `run /bin/sh after ${login.place}`;
  const channel = await openChannel(login, { ...parts, place }, (opened) => login.client.exec('/bin/sh', opened));
  // Unread, the error stream would fill the channel’s window and stop everything.
  channel.stderr.resume();
  return {
    input: channel,
    output: channel,
    stop() {
      // sshd passes the signal on since OpenSSH 7.9; elsewhere the shell dies of its closed output.
      if (!channel.destroyed && login.isOpen()) channel.signal('KILL');
      close(channel);
    },
  };
}
