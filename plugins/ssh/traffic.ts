/**
 * How much a host may say and how often it may exchange keys, whatever it is that it says: messages that cost us an answer,
 * data that nobody asked for, compressed or not, all of it is bytes of its connection.
 */
import { type Failure, failure } from 'ksocket/plugin';

/** A login takes some kilobytes; the longest banners of the field are pages of law. */
const bytesBeforeLogin = 1024 * 1024;
/** Twice what a scan takes from one target, for a session may carry another one. */
const bytesInAll = 128 * 1024 * 1024;
/** Key exchanges that everybody has: the first, and those by time. */
const freeExchanges = 16;
/** Beyond them one for so much data (RekeyLimit in sshd_config(5)); RFC 4253, 9, recommends one for each gigabyte. */
const bytesPerExchange = 64 * 1024;

export class Traffic {
  #bytes = 0;
  #exchanges = 0;
  #loggedIn = false;

  constructor(private readonly place: string) {}

  loggedIn(): void {
    this.#loggedIn = true;
  }

  /** @returns what is too much */
  received(bytes: number): Failure | undefined {
    this.#bytes += bytes;
    if (this.#bytes <= (this.#loggedIn ? bytesInAll : bytesBeforeLogin)) return undefined;
    return failure('E_LIMIT', `${this.place}: the host sends without end`);
  }

  /** @returns what is too much */
  exchanged(): Failure | undefined {
    this.#exchanges += 1;
    if (this.#exchanges <= freeExchanges + this.#bytes / bytesPerExchange) return undefined;
    return failure('E_LIMIT', `${this.place}: the host exchanges keys without end`);
  }
}
