/**
 * The end of a relay inside the agent's namespace: takes connections at 127.0.0.1:PORT and carries each to a UNIX socket.
 * Arguments: path of the socket, port. Says `listening` on standard output; ends with its standard input.
 */

import { connect, createServer } from 'node:net';
import { splice } from './splice.js';

const [path = '', port = ''] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (socket) =>
  splice(socket, connect({ path, allowHalfOpen: true })),
);
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
process.stdin.resume().on('end', () => process.exit(0));
