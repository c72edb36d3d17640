/** What an SSH server says before anybody asks: its identification string (RFC 4253, 4.2). Nothing is sent. */
import type { Socket } from 'node:net';

/** The RFC's own bound, with CR and LF. */
const longest = 255;
/** Lines may stand before it; a server that talks on is no SSH server. */
const mostOctets = 8192;

/** The first line that begins with `SSH-`; undefined when the server says something else, too much, or ends. */
export function readBanner(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      // The last piece is a line that has not ended yet.
      const line = heard
        .split('\n')
        .slice(0, -1)
        .find((it) => it.startsWith('SSH-'));
      if (line === undefined && heard.length <= mostOctets) return;
      socket.pause();
      resolve(line && cleaned(line));
    });
    socket.once('close', () => resolve(undefined));
    if (socket.destroyed) resolve(undefined);
  });
}

/** Printable US-ASCII, as the RFC demands. */
function cleaned(line: string): string {
  return line
    .replace(/[^ -~]/g, '')
    .trim()
    .slice(0, longest);
}
