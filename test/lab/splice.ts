/** Joins two byte streams into one connection: what one side sends, ends or breaks off happens to the other side. */

import type { Socket } from 'node:net';

/** Both sockets must allow half-open connections, as each direction ends on its own. */
export function splice(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => to.destroy());
    // A side that ended in order has been piped to its end; what `to` still holds must go out.
    from.on('close', () => void (from.readableEnded || to.destroy()));
  }
}
