/**
 * Whatever goes through the kernel to a host on a link (a TCP connect, a datagram) makes it find that host's MAC address and keep
 * it in its neighbour table. That table has room for 1,024 entries over all interfaces and namespaces, and those of the last 5 s
 * are not thrown out (net/core/neighbour.c, neigh_forced_gc): a full table cuts the machine off from its own gateway. So the
 * hosts that are looked at more closely come at a pace that leaves most of it free.
 */
import type { Clock } from 'ksocket/plugin';

/** A quarter of the table at once, then as many as age out. Windows keeps 256 for each interface (Neighbor Cache Limit). */
const [burst, perSecond] = process.platform === 'win32' ? [64, 20] : [256, 80];

export class KernelNeighbours {
  #free = burst;
  #at: number;
  #line: Promise<unknown> = Promise.resolve();

  constructor(private readonly clock: Clock) {
    this.#at = clock.monotonic();
  }

  /** Room for one more, in the order of the callers. @throws the reason of the signal */
  room(signal: AbortSignal): Promise<void> {
    const mine = this.#line.then(async () => {
      signal.throwIfAborted();
      for (;;) {
        const now = this.clock.monotonic();
        this.#free = Math.min(burst, this.#free + ((now - this.#at) * perSecond) / 1000);
        this.#at = now;
        if (this.#free >= 1) break;
        await this.clock.sleep(((1 - this.#free) * 1000) / perSecond, signal);
      }
      this.#free -= 1;
    });
    this.#line = mine.catch(() => undefined);
    return mine;
  }
}
