/** The credential files of one address in the order in which they are tried, where the lockout guard may put one off. */
import type { CredentialFile } from '../credentials/index.js';

/** Nothing was sent: another file is to be tried before this one. */
export class PutOff extends Error {}

/** Files in their order; one that is put off comes again at the end, once. */
export class FileOrder implements Iterable<CredentialFile> {
  readonly #left: CredentialFile[];
  readonly #late = new Set<CredentialFile>();
  #current: CredentialFile | undefined;

  constructor(files: readonly CredentialFile[]) {
    this.#left = [...files];
  }

  *[Symbol.iterator](): Generator<CredentialFile> {
    for (let file = this.#left.shift(); file !== undefined; file = this.#left.shift()) {
      this.#current = file;
      yield file;
    }
  }

  get canPutOff(): boolean {
    return this.#left.length > 0 && this.#current !== undefined && !this.#late.has(this.#current);
  }

  putOff(file: CredentialFile): void {
    this.#late.add(file);
    this.#left.push(file);
  }
}
