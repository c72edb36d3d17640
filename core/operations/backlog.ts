/** How far a run is ahead of the space's acknowledgements; bounds journal and memory while the link is slow or down. */

const maxRecords = 4096;
const maxBytes = 16 * 1024 * 1024;

export class Backlog {
  /** Records that are not acknowledged, by number, each with its size. */
  #ahead: { rec: number; bytes: number }[] = [];
  #bytes = 0;
  #resume: (() => void) | undefined;

  added(rec: number, bytes: number): void {
    this.#ahead.push({ rec, bytes });
    this.#bytes += bytes;
  }

  acknowledged(rec: number): void {
    const at = this.#ahead.findIndex((it) => it.rec > rec);
    const gone = this.#ahead.splice(0, at < 0 ? this.#ahead.length : at);
    this.#bytes -= gone.reduce((sum, it) => sum + it.bytes, 0);
    if (!this.#full) this.#resume?.();
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    while (this.#full) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
  }

  get #full(): boolean {
    return this.#ahead.length > maxRecords || this.#bytes > maxBytes;
  }
}
