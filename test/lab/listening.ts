/** Waits for a host's servers by looking at its sockets from outside, so that no connection shows up in their logs. */

import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Local port in hexadecimal and, for TCP, state LISTEN (proc(5), /proc/net/tcp; states in include/net/tcp_states.h). */
const patterns = {
  tcp: (port: string) => `:${port} 00000000:0000 0A `,
  udp: (port: string) => `:${port} 00000000:0000 `,
} as const;

/** snmpd takes the longest, about a second on a busy machine. */
const startMs = 20_000;

/** Resolves when the network namespace of `pid` has a server at `port`; throws when it has none in time. */
export async function listening(pid: number, transport: 'tcp' | 'udp', port: number, what: string): Promise<void> {
  const sought = patterns[transport](port.toString(16).toUpperCase().padStart(4, '0'));
  for (const deadline = AbortSignal.timeout(startMs); !deadline.aborted; await pause(20)) {
    if ((await readFile(`/proc/${pid}/net/${transport}`, 'latin1')).includes(sought)) return;
  }
  throw new Error(`start ${what}: nothing listens on ${transport} port ${port}`);
}
