/**
 * Cuts the script’s output into its parts while it arrives. Lines that begin with `@` and the run’s nonce are the script’s own
 * (see the folder script); everything between `begin` and `end` is what a command of the target printed, whatever that may look like.
 */
import { StringDecoder } from 'node:string_decoder';

export interface Part {
  readonly name: string;
  readonly text: string;
  /** Exit status of the command; undefined when its output was cut off. */
  readonly exit: number | undefined;
}

/** Linear: every byte is looked at once, lines are joined once. */
export class Splitter {
  readonly #mark: string;
  readonly #decoder = new StringDecoder('utf8');
  readonly #onPart: (part: Part) => void;
  readonly #onWord: (word: string) => void;
  #rest: string[] = [];
  #name: string | undefined;
  #lines: string[] = [];
  #exit: number | undefined;

  /** `onWord` gets the script’s words outside of parts: `42` (the greeting) and `done`. */
  constructor(nonce: string, onPart: (part: Part) => void, onWord: (word: string) => void) {
    this.#mark = `@${nonce} `;
    this.#onPart = onPart;
    this.#onWord = onWord;
  }

  push(chunk: Buffer): void {
    const lines = this.#decoder.write(chunk).split('\n');
    const tail = lines.pop() ?? '';
    for (const line of lines) {
      this.#rest.push(line);
      const whole = this.#rest.length === 1 ? line : this.#rest.join('');
      this.#rest = [];
      this.#line(whole.endsWith('\r') ? whole.slice(0, -1) : whole);
    }
    if (tail !== '') this.#rest.push(tail);
  }

  /** What was read of the part that was under way when the output ended. */
  unfinished(): Part | undefined {
    return this.#name === undefined ? undefined : this.#part(undefined);
  }

  #line(line: string): void {
    if (!line.startsWith(this.#mark)) {
      if (this.#name !== undefined) this.#lines.push(line);
      return;
    }
    const [word = '', value = ''] = line.slice(this.#mark.length).split(' ');
    if (word === 'begin') {
      this.#name = value;
      this.#lines = [];
      this.#exit = undefined;
    } else if (word === 'exit') this.#exit = Number(value);
    else if (word === 'end' && this.#name !== undefined) {
      const part = this.#part(this.#exit);
      this.#name = undefined;
      this.#onPart(part);
    } else if (this.#name === undefined) this.#onWord(word);
  }

  #part(exit: number | undefined): Part {
    // Cut off in the middle of a line: half a line is not what the command said.
    if (exit === undefined) {
      while (this.#lines.at(-1) === '') this.#lines.pop();
      this.#lines.pop();
    }
    const part = { name: this.#name ?? '', text: this.#lines.join('\n').trimEnd(), exit };
    this.#lines = [];
    return part;
  }
}
