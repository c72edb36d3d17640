/** An interactive shell on a terminal, for command lines that talk to people only (RFC 4254, 6.2 and 6.5). */
import type { Clock } from 'ksocket/plugin';
import { close, openChannel } from './channel.js';
import type { Login } from './login.js';
import type { Shell } from './run.js';

/** Wide, so that no table is broken; high, so that those who count lines by the window turn few pages. A terminal without colours. */
const terminal = { term: 'vt100', cols: 511, rows: 1000, width: 0, height: 0 } as const;

/** @throws Failure E_UNSUPPORTED where the host gives none, E_TIMEOUT, E_RESET where the connection has ended */
export async function startTerminalShell(login: Login, parts: { clock: Clock; signal: AbortSignal }): Promise<Shell> {
  const place = `open a terminal after ${login.place}`;
  const channel = await openChannel(login, { ...parts, place }, (opened) => login.client.shell(terminal, opened));
  channel.stderr.resume();
  return { input: channel, output: channel, stop: () => close(channel) };
}
