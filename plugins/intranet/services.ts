/**
 * What an alive host serves: one connect to each port of the short list, and the knocks that its credential files allow. What
 * an SSH or TLS server says by itself is heard on that connection.
 */
import type { Socket } from 'node:net';
import type { Address, Clock, Evidence, Knock, ScanCall, Sighting } from 'ksocket/plugin';
import type { Outcome } from './entry.js';
import { readBanner } from './greetings/banner.js';
import { readCertificate } from './greetings/certificate.js';
import type { Pace } from './pace.js';
import { services } from './ports.js';
import { knockOnce, knocksFor } from './probes/knock.js';
import { promised, within } from './promised.js';
import type { TcpAnswer, TcpAsker } from './sockets/tcp.js';

export type Service = NonNullable<Sighting['services']>[number];
type Greeting = Pick<Service, 'banner' | 'certificate'>;

export interface Closer {
  readonly services: readonly Service[];
  /** That the host itself refused a port: no service, and yet a sign of life that a station which answers ARP for others does not give. */
  readonly refusal: Evidence | undefined;
}

/** A filtered port costs this wait, so it stays near the round trip of the host; 500 ms where that is not known. */
const shortest = 300;
const longest = 1000;
const roundTripsToWait = 4;
const processingMs = 200;
/** How often, and after how many milliseconds more each time, a connect is tried again for which the machine had no descriptor. */
const mostShortages = 6;
const shortageMs = 40;

/** An SSH server speaks at once, after its own reverse look-up at the worst; a handshake of TLS takes two round trips and a slow signature. */
const greetingMs = 1000;
/** What a port tells by itself. */
const greetings: Readonly<Record<number, (socket: Socket) => Promise<Greeting>>> = {
  22: async (socket) => ({ banner: await readBanner(socket) }),
  443: async (socket) => ({ certificate: await readCertificate(socket) }),
};

export class ServiceCheck {
  constructor(
    private readonly scan: ScanCall,
    private readonly asker: TcpAsker,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {}

  /** Open services by port; what the evidence tells already is not asked again. */
  async of(outcome: Outcome, pace: Pace): Promise<Closer> {
    this.signal.throwIfAborted();
    const { address, evidence, service } = outcome;
    const waitMs = waitFor(evidence);
    const told = new Set(evidence.flatMap((it) => (it.probe === 'tcp' && it.port !== undefined ? it.port : [])));
    // A probe that found such a port open has hung up before anything could be heard.
    const untold = services.filter((it) => !told.has(it.port) || (it.port === service?.port && it.port in greetings));
    const knocks = knocksFor(this.scan, address).filter((it) => it.port !== service?.port);
    let refusal: Evidence | undefined;
    const refused = (port: number, rttMs: number) => {
      refusal ??= { probe: 'tcp', answer: 'rst', port, rttMs: Math.round(rttMs * 1000) / 1000 };
    };
    const found = await Promise.all([
      ...untold.map((it) => this.#connect(address, it, waitMs, pace, refused)),
      ...knocks.map((it) => this.#knock(address, it, waitMs, pace)),
    ]);
    const open = [service, ...found].flatMap((it) => it ?? []);
    const once = [...new Map(open.map((it) => [`${it.name} ${it.port}`, it])).values()];
    return { services: once.sort((a, b) => a.port - b.port), refusal };
  }

  /** The service of a port, if it is open; what it says by itself is heard on the same connection. */
  async #connect(
    address: Address,
    service: Service,
    waitMs: number,
    pace: Pace,
    refused: (port: number, rttMs: number) => void,
  ): Promise<Service | undefined> {
    for (let attempt = 0; attempt < mostShortages; attempt++) {
      if (attempt > 0) {
        pace.localShortage();
        await this.clock.sleep(shortageMs * attempt, this.signal);
      }
      await pace.turn(this.signal);
      while (this.asker.room <= 0) await this.clock.sleep(5, this.signal);
      const [answer, rttMs, socket] = await promised<[TcpAnswer, number, Socket | undefined]>(this.signal, (done) =>
        this.asker.open(address, service.port, waitMs, (...told) => done([told[0], told[1], told[2]])),
      );
      if (answer === 'rst') refused(service.port, rttMs);
      if (socket !== undefined) return { ...service, ...(await this.#greeting(service.port, socket)) };
      if (answer !== 'short') return undefined;
    }
    return undefined;
  }

  /** Destroys the connection. */
  async #greeting(port: number, socket: Socket): Promise<Greeting> {
    const read = greetings[port];
    try {
      return (read && (await within(this.clock, greetingMs, this.signal, read(socket)))) ?? {};
    } finally {
      socket.destroy();
    }
  }

  /** Twice, because a datagram may be lost. */
  async #knock(address: Address, knock: Knock, waitMs: number, pace: Pace): Promise<Service | undefined> {
    for (const ms of [waitMs, longest]) {
      await pace.turn(this.signal);
      const answer = await promised<string>(this.signal, (done) => {
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
}

function waitFor(evidence: readonly Evidence[]): number {
  const known = evidence.flatMap((it) => it.rttMs ?? []);
  if (known.length === 0) return 500;
  return Math.min(longest, Math.max(shortest, roundTripsToWait * Math.max(...known) + processingMs));
}
