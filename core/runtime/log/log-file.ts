/**
 * Lines into a file, one system call each: what was logged is with the kernel when the call returns, and a kill loses nothing.
 * Before each line the name is looked at, so that no line goes to a file that was moved away (seed 4.3), by an operator or by the
 * rotation of another process. A full disk loses lines, counts them, and says so when there is room again.
 */
import { closeSync, fstatSync, statSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { Clock } from '../../contract/index.js';
import { openAppending, unwritable } from './open-file.js';
import { rotate } from './rotation.js';

export interface LogFileOptions {
  readonly path: string;
  /** 0: no rotation. */
  readonly maxBytes: number;
  readonly backups: number;
  readonly clock: Clock;
  /** A record of the log about itself, as a line. */
  note(text: string): string;
}

/** A folder that does not let files be moved is not asked again at each line. */
const retryRotationMs = 60_000;

export class LogFile extends Writable {
  #fd: number;
  #inode: bigint;
  #lost = 0;
  #lostBecause = '';
  /** The last write was cut short: what follows begins a line of its own. */
  #cut = false;
  #rotateFrom = Number.NEGATIVE_INFINITY;

  /** @throws Failure E_STORAGE */
  constructor(private readonly options: LogFileOptions) {
    super({ decodeStrings: false });
    try {
      this.#fd = openAppending(options.path);
    } catch (error) {
      throw unwritable(options.path, error);
    }
    this.#inode = fstatSync(this.#fd, { bigint: true }).ino;
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    const line = Buffer.from(chunk as string);
    this.#turnTo(line.length);
    const notice = this.#lost === 0 ? undefined : this.#notice();
    if (notice === undefined || this.#append(notice)) {
      if (notice !== undefined) this.#lost = 0;
      if (!this.#append(line)) this.#lost += 1;
    } else this.#lost += 1;
    done();
  }

  override _destroy(_error: Error | null, done: () => void): void {
    if (this.#lost > 0 && this.#append(this.#notice())) this.#lost = 0;
    closeSync(this.#fd);
    done();
  }

  #notice(): Buffer {
    const lines = this.#lost === 1 ? '1 log line was' : `${this.#lost} log lines were`;
    return Buffer.from(
      `${this.options.note(`${lines} lost here: the file could not be written (${this.#lostBecause})`)}\n`,
    );
  }

  /** The whole line, or nothing that looks like one. */
  #append(line: Buffer): boolean {
    const bytes = this.#cut ? Buffer.concat([Buffer.from('\n'), line]) : line;
    try {
      const written = writeSync(this.#fd, bytes);
      if (written === bytes.length) {
        this.#cut = false;
        return true;
      }
      // The disk took a part: the rest is tried once, which tells why it did not fit.
      this.#cut = written > 0 || this.#cut;
      if (writeSync(this.#fd, bytes, written) === bytes.length - written) {
        this.#cut = false;
        return true;
      }
    } catch (error) {
      this.#lostBecause = (error as NodeJS.ErrnoException).code ?? String(error);
    }
    return false;
  }

  /** Makes the descriptor that of the file which the name means now, with room for this many bytes. */
  #turnTo(bytes: number): void {
    const { path, maxBytes, backups, clock } = this.options;
    try {
      const now = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (now?.ino !== this.#inode) return this.#reopen();
      if (maxBytes === 0 || !now.isFile() || now.size === 0n || now.size + BigInt(bytes) <= maxBytes) return;
      if (clock.monotonic() < this.#rotateFrom) return;
      this.#rotateFrom = clock.monotonic() + retryRotationMs;
      if (rotate(path, this.#inode, backups)) this.#reopen();
      this.#rotateFrom = Number.NEGATIVE_INFINITY;
    } catch {
      // The old descriptor still works; better a log in a moved or large file than none.
    }
  }

  #reopen(): void {
    const fd = openAppending(this.options.path);
    closeSync(this.#fd);
    this.#fd = fd;
    this.#inode = fstatSync(fd, { bigint: true }).ino;
    this.#cut = false;
  }
}
