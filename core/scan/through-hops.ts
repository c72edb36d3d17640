/**
 * Addresses that are silent from here and of which a credential file says that they are behind hops: a login through the hops is the
 * probe.
 */
import type { Address } from '../contract/index.js';
import { Pool } from './channel.js';
import { isBehindHops } from './door.js';
import { Host, type HostParts } from './host.js';

/** Logins through hops at once: each begins at the first hop, whose sshd turns away more than ten that are not through (MaxStartups). */
const atOnce = 8;
/** Each may take all the time limits of its way. */
const most = 4096;

export class ThroughHops {
  readonly #pool: Pool;
  #wanted = 0;

  /** `failed` hears a fault of the scan itself, `tooMany` once that the others are left out. */
  constructor(
    private readonly parts: HostParts,
    failed: (error: unknown) => void,
    private readonly tooMany: (most: number) => void,
  ) {
    this.#pool = new Pool(atOnce, failed);
  }

  /** Is a login worth trying at this silent address? Asked once for each. */
  wants(address: Address): boolean {
    if (!isBehindHops(this.parts, address)) return false;
    this.#wanted += 1;
    if (this.#wanted === most + 1) this.tooMany(most);
    return this.#wanted <= most;
  }

  /** Tries it when there is room; `then` hears who is in, or that nobody answers there either. */
  try(address: Address, signal: AbortSignal, then: (entered: Host | undefined) => Promise<void>): void {
    const host = new Host(this.parts, { address, own: false });
    this.#pool.add(async () => {
      const isIn = await host.enter(signal);
      if (!isIn) await host.close();
      await then(isIn ? host : undefined);
    });
  }

  /** Resolves when nobody is being tried. */
  idle(): Promise<void> {
    return this.#pool.idle();
  }
}
