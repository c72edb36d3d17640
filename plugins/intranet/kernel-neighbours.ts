/**
 * Whatever goes through the kernel to a host on a link (a TCP connect, a datagram) makes it find that host's MAC address and keep
 * it in its neighbour table. That table has room for 1,024 entries over all interfaces and namespaces, and those of the last 5 s
 * are not thrown out (net/core/neighbour.c, neigh_forced_gc): a full table cuts the machine off from its own gateway. So the
 * hosts that are looked at more closely come at a pace that leaves most of it free. Who has many hosts on one link raises
 * the sysctl net.ipv4.neigh.default.gc_thresh3, and the pace with it.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from 'ksocket/plugin';
import { Gate } from './gate.js';
import { TokenBucket } from './token-bucket.js';

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
  #bucket: TokenBucket | undefined;
  readonly #line = new Gate(1);

  constructor(
    private readonly clock: Clock,
    private readonly sizeOf: () => number = tableSize,
  ) {}

  /** Room for one more, in the order of the callers. @throws the reason of the signal */
  room(signal: AbortSignal): Promise<void> {
    return this.#line.through(async () => {
      signal.throwIfAborted();
      const bucket = this.#known();
      while (!bucket.take()) await this.clock.sleep(bucket.waitMs(), signal);
    });
  }

  /** The size is read when it is needed for the first time. */
  #known(): TokenBucket {
    if (this.#bucket !== undefined) return this.#bucket;
    const size = this.sizeOf();
    this.#bucket = new TokenBucket(this.clock, { rate: size * perSecondShare, most: size * burstShare });
    return this.#bucket;
  }
}
