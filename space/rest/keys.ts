/** Who may use the space: one admin key, as header or as the cookie of a session that was opened with it. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asFailure, failure } from '../../core/contract/failure.js';
import type { Clock, Random } from '../../core/contract/ports.js';
import { Strikes } from './strikes.js';

/** A working day: long enough not to disturb, short enough for a machine that was left open. */
const sessionMs = 12 * 3600 * 1000;
/** Nobody mistypes a key that is pasted more often than this in a minute. */
const maxWrong = 10;

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * The key in `<directory>/admin-key` (mode 0600), made at the first start.
 * @throws Failure E_STORAGE when the file cannot be read or made.
 */
export function adminKeyIn(directory: string, random: Random): string {
  const path = join(directory, 'admin-key');
  try {
    writeFileSync(path, `ka1_${random.bytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw failure('E_STORAGE', `write ${path}`, { cause: error });
  }
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw asFailure(error, `read ${path}`);
  }
}

export class Keys {
  readonly #clock: Clock;
  readonly #keyHash: Buffer;
  readonly #cookieKey: Buffer;
  readonly #strikes: Strikes;

  /** Name of the session's cookie. Cookies ignore the port, so two spaces on one machine need two names. */
  readonly cookie: string;

  constructor(adminKey: string, clock: Clock) {
    this.#clock = clock;
    this.cookie = `ksocket_${sha256(`cookie ${adminKey}`).toString('hex').slice(0, 12)}`;
    this.#strikes = new Strikes(clock, maxWrong);
    this.#keyHash = sha256(adminKey);
    // Sessions outlive a restart of the space and end with the key.
    this.#cookieKey = sha256(`session ${adminKey}`);
  }

  /** `wait`: too many wrong keys came from there; this one was not even looked at. */
  check(key: string, remote: string): 'ok' | 'wrong' | 'wait' {
    if (this.#strikes.out(remote)) return 'wait';
    if (timingSafeEqual(sha256(key), this.#keyHash)) return 'ok';
    this.#strikes.wrong(remote);
    return 'wrong';
  }

  openSession(): string {
    const until = String(this.#clock.now() + sessionMs);
    return `${until}.${this.#sign(until)}`;
  }

  isSession(cookie: string): boolean {
    const [until = '', signature = ''] = cookie.split('.', 2);
    const expected = Buffer.from(this.#sign(until));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    return Number(until) > this.#clock.now();
  }

  #sign(until: string): string {
    return createHmac('sha256', this.#cookieKey).update(until).digest('base64url');
  }
}

export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
