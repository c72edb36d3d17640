/**
 * Whatever goes through the kernel to a host on a link (a TCP connect, a datagram) makes it find that host's MAC address and keep
 * it in its neighbour table. That table has room for 1,024 entries over all interfaces and namespaces, and those of the last 5 s
 * are not thrown out (net/core/neighbour.c, neigh_forced_gc): a full table cuts the machine off from its own gateway. So the
 * hosts that are looked at more closely come at a pace that leaves most of it free. Who has many hosts on one link raises
 * the sysctl net.ipv4.neigh.default.gc_thresh3, and the pace with it.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from 'ksocket/plugin';

/** A quarter of the table at once; then two fifths of it in the 5 s for which entries cannot be thrown out. */
const burstShare = 1 / 4;
const perSecondShare = 2 / 5 / 5;
/** Of Linux by default; Windows keeps 256 for each interface (Neighbor Cache Limit). */
const [usualSize, windowsSize] = [1024, 256];

/** Entries that the table of this system holds. A namespace of its own is not told. */
export function tableSize(platform: NodeJS.Platform = process.platform): number {
  if (platform === 'win32') return windowsSize;
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/neigh/default/gc_thresh3', 'latin1')) || usualSize;
  } catch {
    return usualSize;
  }
}

export class KernelNeighbours {
  #size: number | undefined;
  #free = 0;
  #at = 0;
  #line: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly clock: Clock,
    private readonly sizeOf: () => number = tableSize,
  ) {}

  /** Room for one more, in the order of the callers. @throws the reason of the signal */
  room(signal: AbortSignal): Promise<void> {
    const mine = this.#line.then(async () => {
      signal.throwIfAborted();
      const size = this.#begin();
      const [burst, perSecond] = [size * burstShare, size * perSecondShare];
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

  /** The size is read when it is needed for the first time. */
  #begin(): number {
    if (this.#size !== undefined) return this.#size;
    this.#size = this.sizeOf();
    this.#free = this.#size * burstShare;
    this.#at = this.clock.monotonic();
    return this.#size;
  }
}
