/** Secrets, by value, out of everything that is written. The last line of defence: a Secret already prints as [redacted]. */
import { Secret } from '../contract/index.js';

/** Shorter values would tear holes into ordinary words; whoever uses such a password has no secret to lose. */
const shortest = 4;

export class Redactor {
  readonly #values = new Set<string>();
  #pattern: RegExp | undefined;

  add(secret: Secret): void {
    const value = secret.reveal();
    if (value.length < shortest || this.#values.has(value)) return;
    this.#values.add(value);
    // JSON writes quotes and backslashes in another form.
    this.#values.add(JSON.stringify(value).slice(1, -1));
    this.#pattern = undefined;
  }

  /** Registers every Secret inside a parsed settings or credential file. */
  addAll(value: unknown): void {
    if (value instanceof Secret) this.add(value);
    else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) this.addAll(item);
  }

  redact(text: string): string {
    if (this.#values.size === 0) return text;
    // Longest first, so that a secret that contains another one disappears whole.
    this.#pattern ??= new RegExp(
      [...this.#values]
        .sort((a, b) => b.length - a.length)
        .map((v) => v.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('|'),
      'g',
    );
    return text.replace(this.#pattern, '[redacted]');
  }
}
