/**
 * Reads the server’s identification line before ssh2 sees the socket (RFC 4253, 4.2). ssh2 1.17 forgets bytes when that line
 * comes in three or more pieces, and lets a server talk for ever before it; here the talk has a bound and what is not SSH is
 * recognised as such.
 */
import type { Duplex } from 'node:stream';
import { Failure, failure } from 'ksocket/plugin';
import { hungUp } from './login-failures.js';

/** RFC 4253 names no bound for the lines before the identification; OpenSSH’s client reads 1024 lines of 8 KiB. */
const maxPreambleBytes = 64 * 1024;
/** RFC 4253, 4.2: 255 characters with CR LF; some servers write more. */
const maxLineBytes = 8 * 1024;

/** What OpenSSH says in place of an identification when MaxStartups turns a client away: try again later. */
const busyLines = ['Exceeded MaxStartups', 'Not allowed at this time'];

/**
 * Resolves with `SSH-2.0-OpenSSH_9.2p1 Debian-2`, and leaves the stream positioned at that line, paused.
 * @throws Failure E_PROTOCOL, E_RESET
 */
export function readIdentification(stream: Duplex, place: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    let lineStart = 0;
    const end = (settle: () => void) => {
      stream.off('readable', read);
      stream.off('end', ended);
      stream.off('close', ended);
      stream.off('error', failed);
      settle();
    };
    const refuse = (why: string) => end(() => reject(failure('E_PROTOCOL', `${place}: ${why}`)));
    const failed = (cause: Error) => end(() => reject(cause instanceof Failure ? cause : hungUp(place, cause)));
    const ended = () => {
      const text = seen.toString('latin1');
      const cutShort = seen.length > lineStart && 'SSH-'.startsWith(text.slice(lineStart, lineStart + 4));
      if (seen.length === 0 || cutShort || busyLines.some((line) => text.startsWith(line))) {
        end(() => reject(hungUp(place)));
      } else refuse('no SSH identification');
    };
    const read = () => {
      for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
        seen = Buffer.concat([seen, chunk as Buffer]);
        for (let at = seen.indexOf(10, lineStart); at >= 0; at = seen.indexOf(10, lineStart)) {
          const line = seen.toString('latin1', lineStart, at).trimEnd();
          if (line.startsWith('SSH-')) {
            if (!line.startsWith('SSH-2.0-') && !line.startsWith('SSH-1.99-')) {
              return end(() => reject(failure('E_UNSUPPORTED', `${place}: ${line.slice(0, 8)}`)));
            }
            const rest = seen.subarray(lineStart);
            return end(() => {
              stream.pause();
              stream.unshift(rest);
              resolve(line);
            });
          }
          lineStart = at + 1;
        }
        if (seen.length > maxPreambleBytes || seen.length - lineStart > maxLineBytes)
          return refuse('no SSH identification');
      }
    };
    stream.on('readable', read);
    stream.on('end', ended);
    stream.on('close', ended);
    stream.on('error', failed);
    if (stream.destroyed || stream.readableEnded) ended();
  });
}
