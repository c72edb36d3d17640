/** Keeps one session attached: connects, waits, gives up. The loop around resume policy, transport and session. */
import { createHash } from 'node:crypto';
import { type Clock, type Failure, failure, type Logger, type Random, type Secret } from '../contract/index.js';
import type { Journal } from '../journal/index.js';
import { closeCodes } from '../wire/index.js';
import type { Route } from './dial.js';
import { type Ended, exitCodes, ResumePolicy, type ResumeSettings } from './resume-policy.js';
import { type Orders, Session, type SessionParts } from './session.js';
import { type LinkEnd, type LinkEvents, type LinkOptions, openLink } from './websocket.js';

export interface UplinkParts extends Route {
  readonly url: URL;
  readonly token: Secret;
  readonly journal: Journal;
  readonly orders: Orders;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly settings: ResumeSettings & SessionParts['settings'] & { readonly resumeTimeout: number };
  readonly hello: Omit<SessionParts['hello'], 'attempt'>;
  /** The transport: WebSocket, unless a simulation brings its own. */
  readonly open?: (options: LinkOptions, events: LinkEvents) => () => void;
  /** Hears what someone in front of a terminal wants to know: connected, lost and why. */
  status?(text: string): void;
  /** Hears each time that a session is ready. */
  attached?(): void;
  /** Hears each turn of the loop, and within how many seconds the next one comes. */
  turning?(withinSeconds: number): void;
}

/** How the loop ended: the process's exit code, and the sentence that explains it. */
export interface UplinkEnd {
  readonly exit: number;
  readonly reason: string;
}

/** Close codes by which the space says that this token, slot or version will not do. */
const refusals: ReadonlySet<number> = new Set([closeCodes.auth, closeCodes.disabled, closeCodes.version]);

/** Close codes after which another try would only take turns with whoever has the slot now. */
const final: ReadonlyMap<number, string> = new Map([
  [closeCodes.replaced, 'another connection took over this slot; give each agent a slot of its own'],
  [
    closeCodes.clone,
    'this installation runs twice: the machine was copied; in the copy, remove var/lib/ksocket and give it a slot of its own',
  ],
]);

/** A full disk is not emptied within a second; coming back sooner would only be to say E_STORAGE again. */
const storagePause = 10;

export class Uplink {
  readonly #policy: ResumePolicy;
  /** Of the host and token in use: an installation that worked with others has not worked with these. */
  readonly #fingerprint: string;
  #session: Session | undefined;
  #attempts = 0;

  constructor(private readonly parts: UplinkParts) {
    this.#fingerprint = fingerprintOf(parts.url, parts.token);
    this.#policy = new ResumePolicy(
      parts.settings,
      parts.random,
      parts.journal.identity().proven === this.#fingerprint,
    );
  }

  changed(opId: string): void {
    this.#session?.changed(opId);
  }

  progress(progress: Parameters<Session['progress']>[0]): void {
    this.#session?.progress(progress);
  }

  storageFailed(fault: Failure): void {
    this.parts.log.error(fault.message, { cause: fault.cause });
    this.#session?.storageFailed();
  }

  /** Runs until the signal aborts (exit 0) or there is no use in going on. */
  async run(signal: AbortSignal): Promise<UplinkEnd> {
    const { log, clock } = this.parts;
    for (;;) {
      const { heldSeconds, end, retryAfter } = await this.#attach(signal);
      if (signal.aborted) return { exit: 0, reason: 'stopped' };
      const reason = end.reason === '' ? `closed with ${end.code}` : end.reason;
      if (this.parts.journal.damaged)
        return { exit: exitCodes.lost, reason: 'the operation journal is damaged; the next start sets it aside' };
      // Before it was ready, it may be an earlier connection of ours that is meant.
      const early = end.code === closeCodes.replaced && heldSeconds === undefined;
      const ending = early ? undefined : final.get(end.code);
      if (ending !== undefined) return { exit: exitCodes.refused, reason: ending };
      const ended: Ended = {
        cause: refusals.has(end.code) || end.refused ? 'refused' : end.local ? 'local' : 'peer',
        retryAfter,
      };
      const next = heldSeconds === undefined ? this.#policy.failed(ended) : this.#policy.lost(heldSeconds, ended);
      if ('exit' in next)
        return {
          exit: next.exit,
          reason: `${reason}; gave up after ${this.#policy.failures} attempts`,
        };
      const text = `${heldSeconds === undefined ? 'could not connect' : 'connection lost'}: ${reason}`;
      // One line for each change; the log has every attempt.
      if (heldSeconds !== undefined || this.#policy.failures === 1) this.parts.status?.(`${text}; trying again`);
      log.warn(text, {
        host: this.parts.url.host,
        attempt: this.#policy.failures,
        nextInSeconds: Number(next.wait.toFixed(1)),
      });
      this.parts.turning?.(next.wait);
      await clock.sleep(next.wait * 1000, signal).catch(() => undefined);
      if (signal.aborted) return { exit: 0, reason: 'stopped' };
    }
  }

  #worked(): void {
    this.#policy.ready();
    const { journal } = this.parts;
    if (journal.identity().proven !== this.#fingerprint) journal.setProven(this.#fingerprint);
  }

  /** One connection, from DNS to its end. `heldSeconds` is how long it was ready, undefined if it never was. */
  #attach(
    signal: AbortSignal,
  ): Promise<{ heldSeconds: number | undefined; end: LinkEnd; retryAfter: number | undefined }> {
    const { clock, settings, ...rest } = this.parts;
    this.#attempts += 1;
    this.parts.turning?.(settings.resumeTimeout);
    const attempt = this.#attempts;
    return new Promise((resolve) => {
      let readyAt: number | undefined;
      let retryAfter: number | undefined;
      let session: Session | undefined;
      let tooLate: string | undefined;
      const stop = (): void => (session === undefined ? breakOff() : session.goodbye());
      const takeBack = clock.after(settings.resumeTimeout * 1000, () => {
        tooLate = `not ready within ${settings.resumeTimeout} s`;
        breakOff();
      });
      const events: LinkEvents = {
        opened: (channel) => {
          session = new Session({
            ...rest,
            clock,
            settings,
            channel,
            hello: { ...rest.hello, attempt },
            ready: () => {
              takeBack();
              readyAt = clock.monotonic();
              this.#worked();
              this.parts.status?.(`connected to ${this.parts.url.host}`);
              this.#session = session;
              this.parts.attached?.();
            },
            failing: () => {
              retryAfter = storagePause;
            },
            turning: (seconds) => this.parts.turning?.(seconds),
            bye: (_code, after) => {
              retryAfter = after;
            },
          });
          session.opened();
        },
        received: (text) => session?.received(text),
        drained: () => session?.pump(),
        ended: (end) => {
          takeBack();
          signal.removeEventListener('abort', stop);
          session?.closed();
          this.#session = undefined;
          const heldSeconds = readyAt === undefined ? undefined : (clock.monotonic() - readyAt) / 1000;
          resolve({
            heldSeconds,
            end:
              tooLate === undefined
                ? end
                : { ...end, reason: `${tooLate}${end.reason === '' ? '' : `: ${end.reason}`}` },
            retryAfter,
          });
        },
      };
      const breakOff = (this.parts.open ?? openLink)(
        { ...rest, agent: `ksocket/${rest.hello.agentVersion}`, clock },
        events,
      );
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    });
  }
}

/** Host and token as one value that tells neither. */
const fingerprintOf = (url: URL, token: Secret): string =>
  createHash('sha256').update(`${url.href}\n${token.reveal()}`).digest('hex');

/** @throws Failure E_INPUT when there is no token. */
export function requireToken(token: Secret | undefined): Secret {
  if (token === undefined) {
    throw failure('E_INPUT', 'connect.token is not set', {
      remedy: 'issue a token for a slot of your space and set connect.token in ksocket.toml',
    });
  }
  return token;
}
