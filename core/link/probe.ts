/**
 * The way to the space, gone once and told stage by stage, by the code that the agent itself goes it with. It ends where a session
 * would begin: no token is sent, no hello, so no slot is occupied.
 */
import type { Clock } from '../contract/index.js';
import { type Reached, type Route, reach, type Stage } from './dial.js';
import { hostPort, LinkFault, silence } from './fault.js';
import { type LinkOptions, openLink } from './websocket.js';

/** What stopped a probe, and what to do about it. */
export class ProbeFault extends Error {
  override readonly name = 'ProbeFault';
  readonly remedy: string | undefined;
  /** The name server does not answer, or this machine has no network: whatever else is asked fails for the same reason. */
  readonly local: boolean;
  /** The space itself said no, with this close code and these words. */
  readonly refusal: { readonly code: number; readonly said: string } | undefined;

  constructor(
    what: string,
    { remedy, local = false, refusal }: Partial<Pick<ProbeFault, 'remedy' | 'local' | 'refusal'>> = {},
  ) {
    super(what);
    this.remedy = remedy;
    this.local = local;
    this.refusal = refusal;
  }

  /** Every reason of a link is one sentence: what happened, a semicolon, what to do. */
  static of({ reason, local }: { readonly reason: string; readonly local: boolean }): ProbeFault {
    const at = reason.indexOf('; ');
    return at < 0
      ? new ProbeFault(reason, { local })
      : new ProbeFault(reason.slice(0, at), { remedy: reason.slice(at + 2), local });
  }
}

export type ReachedStage<S extends Stage> = Extract<Reached, { readonly stage: S }>;

/** How the end point answered: with a WebSocket, or with HTTP that asks for the token first. */
export type Answered = 'websocket' | 'token wanted';

export interface Probe {
  /** Resolves when the stage is behind us. @throws ProbeFault what stopped the probe before it */
  reached<S extends Stage>(stage: S): Promise<ReachedStage<S>>;
  /** The end point, without a token. @throws ProbeFault */
  answered(): Promise<Answered>;
  /** Breaks it off, if it still runs, and waits for its end. */
  end(): Promise<void>;
}

export interface ProbeOptions extends Omit<LinkOptions, 'token'> {
  readonly timeoutSeconds: number;
}

/** RFC 9110, 15.5.2: a space that asks for the token before the upgrade says so. */
const unauthorized = 401;

export function probeLink(options: ProbeOptions): Probe {
  const way = new Way<Reached['stage'] | 'answered'>();
  const breakOff = openLink(
    { ...options, token: undefined },
    {
      reached: (stage) => way.passed(stage.stage, stage),
      opened: (channel) => {
        way.passed('answered', 'websocket');
        channel.close(1000, 'a probe');
      },
      received: () => undefined,
      drained: () => undefined,
      ended: (end) => {
        takeBack();
        if (end.status === unauthorized) way.passed('answered', 'token wanted');
        way.stopped(ProbeFault.of(end));
      },
    },
  );
  const takeBack = options.clock.after(options.timeoutSeconds * 1000, breakOff);
  return {
    reached: (stage) => way.until(stage),
    answered: () => way.until('answered'),
    async end() {
      breakOff();
      await way.over;
    },
  };
}

export interface PortProbeOptions extends Pick<Route, 'lookup'> {
  readonly clock: Clock;
  readonly timeoutSeconds: number;
}

/** Name and TCP of one port, and no byte over it. */
export function probePort(host: string, port: number, options: PortProbeOptions): Omit<Probe, 'answered'> {
  const way = new Way<Reached['stage']>();
  const party = {
    name: hostPort(host, port),
    host,
    settings: 'the firewall of this network',
    isProxy: false,
    encrypted: false,
  };
  const attempt = new AbortController();
  const events = { reached: (stage: Reached) => way.passed(stage.stage, stage) };
  const failed = (error: unknown) => {
    takeBack();
    const { reason, local } = error instanceof LinkFault ? error : new LinkFault(String(error));
    way.stopped(ProbeFault.of(attempt.signal.aborted ? { reason: silence(party), local: false } : { reason, local }));
  };
  const takeBack = options.clock.after(options.timeoutSeconds * 1000, () => {
    attempt.abort();
    // A name server that never answers holds nobody up.
    failed(undefined);
  });
  reach(host, port, party, options, attempt.signal, events).then((socket) => {
    takeBack();
    socket.destroy();
    way.stopped(new ProbeFault('over'));
  }, failed);
  return {
    reached: (stage) => way.until(stage),
    async end() {
      attempt.abort();
      await way.over;
    },
  };
}

/** Stages as they are passed, for whoever waits for one of them, before it or after. */
class Way<Name extends string> {
  readonly #passed = new Map<Name, unknown>();
  readonly #waiting: { name: Name; resolve(value: unknown): void; reject(fault: ProbeFault): void }[] = [];
  #fault: ProbeFault | undefined;
  #ended!: () => void;
  readonly over = new Promise<void>((resolve) => {
    this.#ended = resolve;
  });

  passed(name: Name, value: unknown): void {
    if (!this.#passed.has(name)) this.#passed.set(name, value);
    for (const waiting of this.#waiting) if (waiting.name === name) waiting.resolve(value);
  }

  stopped(fault: ProbeFault): void {
    this.#fault ??= fault;
    for (const { reject } of this.#waiting) reject(this.#fault);
    this.#ended();
  }

  until<T>(name: Name): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#passed.has(name)) resolve(this.#passed.get(name) as T);
      else if (this.#fault !== undefined) reject(this.#fault);
      else this.#waiting.push({ name, resolve: resolve as (value: unknown) => void, reject });
    });
  }
}
