/**
 * One run of the script in one shell: started at the first question, read to its end whatever is asked, kept for the session.
 * The target is not trusted: its output has a bound, the run has a deadline, and a shell that is none is found out by its
 * answer to the greeting.
 */
import type { Readable, Writable } from 'node:stream';
import { asFailure, type Clock, type Completeness, Failure, failure, type Random } from 'ksocket/plugin';
import { cancelled } from './limit.js';
import { bourneAnswer, greeting, greetingAnswer, posixShell, script } from './script/index.js';
import { type Part, Splitter } from './splitter.js';

/** A `/bin/sh` that waits for its script: a channel of an SSH connection, or a child process. */
export interface Shell {
  readonly input: Writable;
  readonly output: Readable;
  /** Ends the shell and what it started, at once. */
  stop(): void;
}

export interface RunParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Verb and place, for failures. */
  readonly place: string;
  readonly sudo: boolean;
  /** Rejects with E_UNSUPPORTED where no shell can be had. */
  start(): Promise<Shell>;
  /** Hears at once when the connection below is gone, before its streams end, which says less; returns how to take that back. */
  whenLost?(hear: (why: Failure) => void): () => void;
}

/** All output of one run; a full package list of a large host is near 1 MiB. */
const maxBytes = 16 * 1024 * 1024;
/** A host under load answers in a few seconds; one that has not finished now would hold up the scan. */
const deadlineMs = 60_000;
/** A login with a slow profile takes seconds; whoever does not answer the greeting until then is no shell. */
const greetingMs = 15_000;

/** How the run ended: `ok`, or why what is missing is missing. */
export type Ending = Extract<Completeness, 'ok' | 'timeout' | 'truncated' | 'unsupported'>;

export interface Answers {
  readonly parts: ReadonlyMap<string, Part>;
  readonly ending: Ending;
}

export class Run {
  readonly #with: RunParts;
  readonly #parts = new Map<string, Part>();
  /** Resolves with undefined when the addresses are read. */
  readonly #network: Promise<undefined>;
  readonly #ended: Promise<Ending>;
  readonly #greeted: Promise<void>;
  #isShell = false;
  #answered!: () => void;
  #networkRead!: () => void;
  #done!: (ending: Ending) => void;
  #failed!: (error: Failure) => void;
  #started = false;
  #over = false;
  #how: Ending | Failure | undefined;
  #shell: Shell | undefined;
  #splitter: Splitter | undefined;
  #release: () => void = () => undefined;

  constructor(parts: RunParts) {
    this.#with = parts;
    this.#network = new Promise((resolve) => {
      this.#networkRead = () => resolve(undefined);
    });
    this.#greeted = new Promise((resolve) => {
      this.#answered = resolve;
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
    });
    // The one who asks gets the failure; nobody may be asking when it comes.
    this.#ended.catch(() => undefined);
  }

  /** What the script said as far as the addresses go, which it says first. @throws Failure E_RESET, E_CANCELLED… */
  async network(): Promise<Answers> {
    this.#start();
    return { ending: (await Promise.race([this.#ended, this.#network])) ?? 'ok', parts: this.#parts };
  }

  /**
   * Whether a POSIX shell answers at all. A host that gives a channel and hangs up before it has answered has none: network
   * equipment does so when it is asked for a program. @throws Failure E_RESET, E_CANCELLED…
   */
  async isShell(): Promise<boolean> {
    this.#start();
    try {
      await Promise.race([this.#greeted, this.#ended]);
    } catch (error) {
      if (this.#shell === undefined || !(error instanceof Failure) || error.code !== 'E_RESET') throw error;
    }
    return this.#isShell;
  }

  /** All that the script said. @throws Failure E_RESET, E_CANCELLED… */
  async all(): Promise<Answers> {
    this.#start();
    return { ending: await this.#ended, parts: this.#parts };
  }

  /** What had been read when the run ended, marked as cut where it failed; undefined where nothing was read. */
  remains(): Answers | undefined {
    if (this.#how === undefined || !this.#parts.has('kernel')) return undefined;
    return { ending: typeof this.#how === 'string' ? this.#how : 'truncated', parts: this.#parts };
  }

  /** Ends the run, if it still runs. */
  stop(): void {
    this.#end(failure('E_CANCELLED', this.#with.place));
  }

  #start(): void {
    if (this.#started || this.#over) return;
    this.#started = true;
    const { clock, signal, place } = this.#with;
    const aborted = () => this.#end(cancelled(signal, place));
    signal.addEventListener('abort', aborted, { once: true });
    const noMoreTime = clock.after(deadlineMs, () => this.#end('timeout'));
    const noShell = clock.after(greetingMs, () => this.#end('unsupported'));
    const takeBack = this.#with.whenLost?.((why) => this.#end(why));
    this.#release = () => {
      takeBack?.();
      signal.removeEventListener('abort', aborted);
      noMoreTime();
      noShell();
    };
    if (signal.aborted) {
      aborted();
      return;
    }
    this.#with.start().then(
      (shell) => (this.#over ? shell.stop() : this.#talk(shell, noShell)),
      (error) => {
        const failed = asFailure(error, place);
        this.#end(failed.code === 'E_UNSUPPORTED' ? 'unsupported' : failed);
      },
    );
  }

  #talk(shell: Shell, greeted: () => void): void {
    this.#shell = shell;
    const { random, sudo, place } = this.#with;
    // Sixteen bytes: no text of the target can hold this run’s marks unless the target means to lie, and then it may lie anyway.
    const nonce = random.bytes(16).toString('hex');
    let size = 0;
    let bourne = false;
    const splitter = new Splitter(
      nonce,
      (part) => this.#parts.set(part.name, part),
      (word) => {
        if (word === greetingAnswer && !this.#isShell) {
          this.#isShell = true;
          this.#answered();
          greeted();
          shell.input.end(script);
        } else if (word === bourneAnswer && !this.#isShell && !bourne) {
          bourne = true;
          shell.input.write(posixShell);
        } else if (word === 'network') this.#networkRead();
        else if (word === 'done') this.#end('ok');
      },
    );
    this.#splitter = splitter;
    // A shell that ends early closes its input; the end of its output says what there is to say.
    shell.input.on('error', () => undefined);
    shell.output.on('error', (error) => this.#end(asFailure(error, place)));
    shell.output.on('data', (chunk: Buffer) => {
      if (this.#over) return;
      size += chunk.length;
      if (size > maxBytes) this.#end('truncated');
      else splitter.push(chunk);
    });
    const ended = () => this.#end(this.#isShell ? endedEarly(place) : 'unsupported');
    shell.output.on('end', ended);
    shell.output.on('close', ended);
    shell.input.write(greeting(nonce, sudo));
  }

  #end(how: Ending | Failure): void {
    if (this.#over) return;
    this.#over = true;
    this.#how = how;
    this.#release();
    const unfinished = this.#splitter?.unfinished();
    if (unfinished) this.#parts.set(unfinished.name, unfinished);
    if (typeof how === 'string') this.#done(how);
    else this.#failed(how);
    this.#shell?.stop();
  }
}

const endedEarly = (place: string): Failure =>
  failure('E_RESET', `${place}: the script ended early`, {
    remedy: 'something on the host has ended the shell: a limit (ulimit, TMOUT), or a process that kills others',
  });
