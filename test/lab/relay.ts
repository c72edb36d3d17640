/**
 * A way from the agent's namespace to a server on this machine's loopback. Two namespaces share no network here, but a
 * UNIX socket with a path name belongs to the file system and not to a network namespace (network_namespaces(7)).
 */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { splice } from './splice.js';

type SpawnInside = (argv: readonly string[]) => ChildProcess;

/**
 * Makes 127.0.0.1:`port` inside lead to 127.0.0.1:`port` here, until the returned function is called.
 * @throws when the port is taken inside.
 */
export async function openRelay(folder: string, port: number, spawnInside: SpawnInside): Promise<() => Promise<void>> {
  const path = join(folder, `relay-${port}.sock`);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    splice(socket, connect({ host: '127.0.0.1', port, allowHalfOpen: true }));
  });
  server.listen(path);
  await once(server, 'listening');
  const child = spawnInside([
    process.execPath,
    fileURLToPath(new URL('relay-inside.js', import.meta.url)),
    path,
    String(port),
  ]);
  const ended = once(child, 'exit');
  const close = async () => {
    child.stdin?.end();
    await ended;
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
    await rm(path, { force: true });
  };
  const { stdout } = child;
  const started = stdout ? once(stdout, 'data').then(() => true) : Promise.resolve(false);
  if (!(await Promise.race([started, ended.then(() => false)]))) {
    await close();
    throw new Error(`relay port ${port}: cannot listen inside`);
  }
  return close;
}
