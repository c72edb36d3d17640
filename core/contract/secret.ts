/**
 * A value that must never be seen: passwords, passphrases, community names, tokens. Every printer shows `[redacted]`; the
 * value itself comes out only by `reveal()`, at the one line that hands it to the protocol.
 */
import { inspect } from 'node:util';
import { z } from 'zod';

const hidden = '[redacted]';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}

/** A string field of a settings or credential schema whose value becomes a Secret; `text` says what it may look like. */
export const secret = (text: z.ZodString = z.string()) => text.transform((value) => new Secret(value));
