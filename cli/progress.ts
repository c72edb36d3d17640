/** A progress bar on a terminal, nothing elsewhere: scripts read the result, not the way to it. */
import cliProgress from 'cli-progress';
import type { Clock } from '../core/contract/index.js';
import type { Context } from './context.js';

/** The rate over the last seconds, not over all: a sweep of dead addresses is slower than one of living ones. */
const rateWindowMs = 10_000;

const shorten = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;

export class Progress {
  readonly #bar: cliProgress.SingleBar | undefined;
  readonly #samples: { at: number; done: number }[] = [];

  /** Columns of the terminal, asked each time: it may be resized. */
  readonly width: () => number | undefined;

  constructor(
    context: Context,
    private readonly clock: Clock,
  ) {
    this.width = () => context.stderr.columns;
    if (!context.stderr.isTTY) return;
    const colour = !context.env.NO_COLOR;
    this.#bar = new cliProgress.SingleBar({
      stream: context.stderr,
      format: colour
        ? '\u001b[36m{bar}\u001b[0m {percentage}% {remaining} {note}'
        : '{bar} {percentage}% {remaining} {note}',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 16,
      linewrap: false,
      hideCursor: true,
      clearOnComplete: true,
      fps: 10,
    });
    this.#bar.start(1, 0, { note: '', remaining: '' });
  }

  update({ done, total, note }: { done: number; total: number; note: string }): void {
    if (this.#bar === undefined) return;
    this.#bar.setTotal(total);
    this.#bar.update(done, { note: shorten(note, (this.width() ?? 80) - 34), remaining: this.#remaining(done, total) });
  }

  end(): void {
    this.#bar?.stop();
  }

  /** What the recent rate promises, and nothing where there is no rate yet. */
  #remaining(done: number, total: number): string {
    const now = this.clock.monotonic();
    this.#samples.push({ at: now, done });
    while (this.#samples.length > 2 && now - this.#samples[0]!.at > rateWindowMs) this.#samples.shift();
    const first = this.#samples[0]!;
    const rate = (done - first.done) / ((now - first.at) / 1000);
    if (!(rate > 0) || now - first.at < 1000) return '';
    const seconds = Math.ceil((total - done) / rate);
    return seconds < 90 ? ` ${seconds} s left` : ` ${Math.ceil(seconds / 60)} min left`;
  }
}
