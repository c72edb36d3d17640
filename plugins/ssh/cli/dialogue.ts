/**
 * A conversation with a command line: wait for its prompt, type one command, read until the prompt stands there again. The other
 * side is not trusted: every answer has a bound in bytes and in time, a pager is answered with a blank and nothing else, and
 * whatever else it asks is left unanswered.
 */
import { StringDecoder } from 'node:string_decoder';
import { asFailure, type Clock, type Completeness, type Failure, failure } from 'ksocket/plugin';
import { cancelled } from '../limit.js';
import type { Shell } from '../run.js';
import { isPager, type PromptKind, promptKind } from './prompt.js';
import { screenText } from './terminal.js';

/** A text that looks like a prompt is one when nothing follows it: the first time long, because banners come in pieces. */
const firstQuietMs = 600;
const quietMs = 60;
/** A device under load takes seconds until it says anything; who has said something else and waits, waits for a person. */
const firstPromptMs = 15_000;
const noPromptMs = 3000;
/** `show interfaces` of a full chassis over a slow control plane. */
const answerMs = 30_000;
const maxAnswerBytes = 4 * 1024 * 1024;
const maxBytes = 16 * 1024 * 1024;
/** 24 lines a page: more than a hundred thousand lines are no answer about a device. */
const maxPages = 5000;

/** How far back a last line can begin: prompts and pagers are short, escape sequences around them are not long. */
const tailLength = 512;

export interface Answer {
  readonly text: string;
  readonly state: Extract<Completeness, 'ok' | 'timeout' | 'truncated'>;
}

export interface Prompt {
  readonly kind: PromptKind;
  /** What came before the first prompt: the banner. */
  readonly banner: string;
}

export class Dialogue {
  readonly #shell: Shell;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #place: string;
  readonly #decoder = new StringDecoder('utf8');
  #pieces: string[] = [];
  #size = 0;
  #total = 0;
  #tail = '';
  #prompt: string | undefined;
  #ended = false;
  #broken: Failure | undefined;
  #heard: () => void = () => undefined;

  constructor(shell: Shell, parts: { clock: Clock; signal: AbortSignal; place: string }) {
    this.#shell = shell;
    this.#clock = parts.clock;
    this.#signal = parts.signal;
    this.#place = parts.place;
    shell.input.on('error', () => undefined);
    shell.output.on('data', (chunk: Buffer) => this.#hear(chunk));
    const over = () => {
      this.#ended = true;
      this.#heard();
    };
    shell.output.on('end', over);
    shell.output.on('close', over);
    shell.output.on('error', (error) => {
      this.#broken = asFailure(error, parts.place);
      over();
    });
  }

  /** The first prompt, or undefined where none comes that this plug-in knows. @throws Failure E_CANCELLED, E_RESET */
  async greet(): Promise<Prompt | undefined> {
    const answer = await this.#read(firstPromptMs, firstQuietMs, (line) => promptKind(line) !== undefined);
    const { head, last } = lastLine(answer.text);
    const kind = answer.state === 'ok' ? promptKind(last) : undefined;
    if (kind === undefined) return undefined;
    this.#prompt = last.trim();
    return { kind, banner: head };
  }

  /**
   * Types one command of the table and reads its answer, without the echo and the prompt.
   * @returns undefined when the other side has ended the conversation
   * @throws Failure E_CANCELLED, E_RESET
   */
  async ask(command: string): Promise<Answer | undefined> {
    if (this.#ended || this.#total >= maxBytes) return undefined;
    this.#pieces = [];
    this.#size = 0;
    this.#tail = '';
    this.#shell.input.write(`${command}\n`);
    const answer = await this.#read(answerMs, quietMs, (line) => line === this.#prompt);
    const { head, last } = lastLine(answer.text);
    const whole = last.trim() === this.#prompt ? head : answer.text;
    return { text: withoutEcho(whole, command), state: answer.state };
  }

  close(): void {
    this.#shell.stop();
  }

  #hear(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    this.#total += chunk.length;
    this.#size += chunk.length;
    if (this.#size <= maxAnswerBytes && this.#total <= maxBytes) this.#pieces.push(text);
    this.#tail = (this.#tail + text).slice(-tailLength);
    this.#heard();
  }

  /** Reads until a last line is `finished`, and then nothing more comes for a while. */
  #read(limitMs: number, quiet: number, finished: (line: string) => boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let pages = 0;
      let takeBackQuiet: () => void = () => undefined;
      const end = (settle: () => void) => {
        takeBackQuiet();
        takeBackLimit();
        this.#signal.removeEventListener('abort', aborted);
        this.#heard = () => undefined;
        settle();
      };
      const answer = (state: Answer['state']) => end(() => resolve({ text: screenText(this.#pieces.join('')), state }));
      const aborted = () => end(() => reject(cancelled(this.#signal, this.#place)));
      const takeBackLimit = this.#clock.after(limitMs, () => answer('timeout'));
      const heard = () => {
        takeBackQuiet();
        if (this.#broken) return end(() => reject(this.#broken ?? failure('E_RESET', this.#place)));
        if (this.#size > maxAnswerBytes || this.#total > maxBytes || pages > maxPages) return answer('truncated');
        const last = lastLine(screenText(this.#tail)).last.trim();
        if (this.#ended) return answer(finished(last) ? 'ok' : 'truncated');
        if (finished(last)) takeBackQuiet = this.#clock.after(quiet, () => answer('ok'));
        else if (this.#prompt === undefined && this.#size > 0)
          takeBackQuiet = this.#clock.after(noPromptMs, () => answer('timeout'));
        else if (this.#prompt !== undefined && isPager(last)) {
          takeBackQuiet = this.#clock.after(quiet, () => {
            pages++;
            // The pager wipes its own line; the tail forgets it, so that it is answered once.
            this.#tail = '';
            this.#shell.input.write(' ');
          });
        }
      };
      this.#heard = heard;
      this.#signal.addEventListener('abort', aborted, { once: true });
      if (this.#signal.aborted) aborted();
      else heard();
    });
  }
}

function lastLine(text: string): { head: string; last: string } {
  const at = text.lastIndexOf('\n');
  return { head: at < 0 ? '' : text.slice(0, at), last: text.slice(at + 1) };
}

/** The device echoes what is typed, on the line of its prompt. */
function withoutEcho(text: string, command: string): string {
  const at = text.indexOf('\n');
  const first = at < 0 ? text : text.slice(0, at);
  return first.trimEnd().endsWith(command) ? text.slice(at < 0 ? text.length : at + 1) : text;
}
