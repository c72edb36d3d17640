/**
 * A TCP proxy that does to a connection what networks do: delay, slices of one byte, resets, black holes, half-closes, each after
 * a random number of bytes, so that every phase from the upgrade to the last frame is hit.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Random } from '../../core/contract/index.js';

/** Longest delay of one piece of data. */
const maxDelayMs = 40;
/** A handshake is about 1 KiB, so that half of all fates strike within the first exchange. */
const earlyBytes = 1500;
const lateBytes = 60_000;

const fates = ['reset', 'black hole', 'agent’s half closed', 'space’s half closed', 'none'] as const;
type Fate = (typeof fates)[number];

export interface ChaosProxy {
  readonly port: number;
  /** What was done so far, by kind. */
  readonly counts: Record<string, number>;
  /** While calm, data pass as they are. */
  calm: boolean;
  /** Every open connection is reset, now. */
  resetAll(): void;
  close(): void;
}

export async function startProxy(random: Random, upstreamPort: () => number): Promise<ChaosProxy> {
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const open = new Set<Passage>();
  const server = createServer((agent) => {
    const space = connect({ host: '127.0.0.1', port: upstreamPort() });
    const passage = new Passage(agent, space, random, proxy.calm, count);
    open.add(passage);
    agent.on('close', () => open.delete(passage));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: ChaosProxy = {
    port: (server.address() as AddressInfo).port,
    counts,
    calm: true,
    resetAll() {
      for (const passage of open) passage.reset();
    },
    close() {
      server.close();
      this.resetAll();
    },
  };
  return proxy;
}

class Passage {
  readonly #fate: Fate;
  #left: number;
  #swallowing = false;

  constructor(
    private readonly agent: Socket,
    private readonly space: Socket,
    private readonly random: Random,
    calm: boolean,
    private readonly count: (what: string) => void,
  ) {
    this.#fate = calm ? 'none' : fates[Math.floor(random.next() * fates.length)]!;
    this.#left = random.next() * (random.next() < 0.5 ? earlyBytes : lateBytes);
    const slices = !calm && random.next() < 0.2;
    const delay = calm ? 0 : random.next() * maxDelayMs;
    if (slices) count('sliced');
    if (delay > 0) count('delayed');
    this.#pass(agent, space, slices, delay);
    this.#pass(space, agent, slices, delay);
  }

  reset(): void {
    this.agent.resetAndDestroy();
    this.space.resetAndDestroy();
  }

  #pass(from: Socket, to: Socket, slices: boolean, delayMs: number): void {
    // One chain a direction, so that data stay in order whatever each piece waits for.
    let chain: Promise<unknown> = Promise.resolve();
    const then = (work: () => void) => {
      chain = chain.then(async () => {
        if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.random.next() * delayMs));
        work();
      });
    };
    from.on('data', (data) => {
      then(() => {
        if (this.#strikes(data.length) || this.#swallowing || to.destroyed) return;
        if (!slices) to.write(data);
        else for (const byte of data) to.write(Buffer.of(byte));
      });
    });
    from.on('end', () => then(() => this.#swallowing || to.end()));
    from.on('error', () => this.#swallowing || to.destroy());
    from.on('close', () => this.#swallowing || to.destroySoon());
  }

  #strikes(bytes: number): boolean {
    if (this.#fate === 'none' || this.#left < 0) return false;
    this.#left -= bytes;
    if (this.#left >= 0) return false;
    this.count(this.#fate);
    if (this.#fate === 'reset') this.reset();
    else if (this.#fate === 'black hole') this.#swallowing = true;
    else if (this.#fate === 'agent’s half closed') this.agent.end();
    else this.space.end();
    return true;
  }
}
