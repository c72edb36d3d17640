/**
 * How much a host may say and how often it may exchange keys, whatever it is that it says: messages that cost us an answer,
 * data that nobody asked for, compressed or not, all of it is bytes of its connection.
 */
import { type Failure, failure } from 'ksocket/plugin';

/** A login takes some kilobytes; the longest banners of the field are pages of law. */
const bytesBeforeLogin = 1024 * 1024;
/** Twice what a scan takes from one target, for a session may carry another one. */
const bytesInAll = 128 * 1024 * 1024;
/**
 * After the login, what is not data of a channel: packets’ own bytes, keepalives, key exchanges, the error stream that nobody reads. A device
 * that sends each character in a packet of its own has fifty times as much of it as of data, and has little data.
 */
const besides = { free: 4 * 1024 * 1024, perByte: 16, most: 32 * 1024 * 1024 } as const;
/** Answers and data that the host does not take. A host that forwards may be given 2 MiB for each channel before it takes any. */
const untakenBytes = 16 * 1024 * 1024;
/** Key exchanges that everybody has: the first, and those by time. */
const freeExchanges = 16;
/** Beyond them one for so much data (RekeyLimit in sshd_config(5)); RFC 4253, 9, recommends one for each gigabyte. */
const bytesPerExchange = 64 * 1024;

export class Traffic {
  #bytes = 0;
  #exchanges = 0;
  #loggedIn = false;
  /** Of the bytes after the login, those that came through channels. */
  #delivered = 0;
  #before = 0;

  constructor(private readonly place: string) {}

  loggedIn(): void {
    this.#loggedIn = true;
    this.#before = this.#bytes;
  }

  delivered(bytes: number): void {
    this.#delivered += bytes;
  }

  /** `untaken`: bytes for the host that are still here. @returns what is too much */
  received(bytes: number, untaken: number): Failure | undefined {
    this.#bytes += bytes;
    if (this.#bytes > (this.#loggedIn ? bytesInAll : bytesBeforeLogin))
      return failure('E_LIMIT', `${this.place}: the host sends without end`);
    if (untaken > untakenBytes) return failure('E_LIMIT', `${this.place}: the host does not take what it asks for`);
    const rest = this.#bytes - this.#before - this.#delivered;
    if (this.#loggedIn && rest > Math.min(besides.most, besides.free + besides.perByte * this.#delivered))
      return failure('E_LIMIT', `${this.place}: the host sends without end what nobody asked for`);
    return undefined;
  }

  /** @returns what is too much */
  exchanged(): Failure | undefined {
    this.#exchanges += 1;
    if (this.#exchanges <= freeExchanges + this.#bytes / bytesPerExchange) return undefined;
    return failure('E_LIMIT', `${this.place}: the host exchanges keys without end`);
  }
}
