/** What an alive host serves: one connect to each port of the short list, and the knocks that its credential files allow. */
import type { Address, Clock, Evidence, Knock, ScanCall } from 'ksocket/plugin';
import type { Outcome } from './lane.js';
import type { Pace } from './pace.js';
import { services } from './ports.js';
import { knockOnce, knocksFor } from './probes/knock.js';
import type { TcpAnswer, TcpAsker } from './sockets/tcp.js';

export type Service = NonNullable<Outcome['service']>;

/** A filtered port costs this wait, so it stays near the round trip of the host; 500 ms where that is not known. */
const shortest = 300;
const longest = 1000;
const roundTripsToWait = 4;
const processingMs = 200;
/** How often, and after how many milliseconds more each time, a connect is tried again for which the machine had no descriptor. */
const mostShortages = 6;
const shortageMs = 40;

export class ServiceCheck {
  constructor(
    private readonly scan: ScanCall,
    private readonly asker: TcpAsker,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {}

  /** Open services by port; what the evidence tells already is not asked again. */
  async of(outcome: Outcome, pace: Pace): Promise<Service[]> {
    const { address, evidence, service } = outcome;
    const waitMs = waitFor(evidence);
    const told = new Set(evidence.flatMap((it) => (it.probe === 'tcp' && it.port !== undefined ? it.port : [])));
    const untold = services.filter((it) => !told.has(it.port));
    const knocks = knocksFor(this.scan, address).filter((it) => it.port !== service?.port);
    const found = await Promise.all([
      ...untold.map(async (it) =>
        (await this.#connect(address, it.port, waitMs, pace)) === 'syn-ack' ? it : undefined,
      ),
      ...knocks.map((it) => this.#knock(address, it, waitMs, pace)),
    ]);
    const open = [service, ...found].flatMap((it) => it ?? []);
    return [...new Map(open.map((it) => [`${it.name} ${it.port}`, it])).values()].sort((a, b) => a.port - b.port);
  }

  async #connect(address: Address, port: number, waitMs: number, pace: Pace): Promise<TcpAnswer> {
    let answer: TcpAnswer = 'short';
    for (let attempt = 0; answer === 'short' && attempt < mostShortages; attempt++) {
      if (attempt > 0) {
        pace.localShortage();
        await this.clock.sleep(shortageMs * attempt, this.signal);
      }
      await pace.turn(this.signal);
      while (this.asker.room <= 0) await this.clock.sleep(5, this.signal);
      answer = await this.#within<TcpAnswer>((done) => this.asker.ask(address, port, waitMs, done));
    }
    return answer;
  }

  /** Twice, because a datagram may be lost. */
  async #knock(address: Address, knock: Knock, waitMs: number, pace: Pace): Promise<Service | undefined> {
    for (const ms of [waitMs, longest]) {
      await pace.turn(this.signal);
      const answer = await this.#within<string>((done) => {
        const end = knockOnce(this.scan, address, knock, (it) => finish(it));
        const cancel = this.clock.after(ms, () => finish('silent'));
        const finish = (it: string) => {
          cancel();
          end();
          done(it);
        };
        return () => {
          cancel();
          end();
        };
      });
      if (answer === 'reply') return { name: knock.service, port: knock.port };
      if (answer !== 'silent') return undefined;
    }
    return undefined;
  }

  /** A callback as a promise that the signal ends. @throws the reason of the signal */
  #within<T>(start: (done: (value: T) => void) => () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        end();
        reject(this.signal.reason);
      };
      const end = start((value) => {
        this.signal.removeEventListener('abort', abort);
        resolve(value);
      });
      this.signal.addEventListener('abort', abort, { once: true });
      if (this.signal.aborted) abort();
    });
  }
}

function waitFor(evidence: readonly Evidence[]): number {
  const known = evidence.flatMap((it) => it.rttMs ?? []);
  if (known.length === 0) return 500;
  return Math.min(longest, Math.max(shortest, roundTripsToWait * Math.max(...known) + processingMs));
}
