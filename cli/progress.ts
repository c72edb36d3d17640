/** How far a scan is: a bar on a terminal, events as JSON lines where a program reads (`--json`), nothing elsewhere. */
import { createRequire } from 'node:module';
import type CliProgress from 'cli-progress';
import type { Clock, Progress as Step } from '../core/contract/index.js';
import type { Context } from './context.js';
import { say } from './language.js';

/** Loaded when it is needed: only a terminal shows a bar. */
const progressBars = () => createRequire(import.meta.url)('cli-progress') as typeof CliProgress;

const eventMs = 1000;

const shorten = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;

export class Progress {
  readonly #bar: CliProgress.SingleBar | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #latest: Step | undefined;

  /** Columns of the terminal, asked each time: it may be resized. */
  readonly width: () => number | undefined;

  constructor(
    private readonly context: Context,
    private readonly clock: Clock,
    /** Events on the standard error, at most one a second, and the last one. */
    private readonly events = false,
  ) {
    this.width = () => context.stderr.columns;
    if (!context.stderr.isTTY || events) return;
    const colour = !context.env.NO_COLOR;
    this.#bar = new (progressBars().SingleBar)({
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

  update(step: Step): void {
    this.#latest = step;
    if (this.events) {
      const now = this.clock.monotonic();
      if (now - this.#toldAt >= eventMs) this.#tell(now);
      return;
    }
    if (this.#bar === undefined) return;
    this.#bar.setTotal(step.total);
    this.#bar.update(step.done, {
      note: shorten(this.#note(step), (this.width() ?? 80) - 34),
      remaining: this.#remaining(step),
    });
  }

  end(): void {
    this.#bar?.stop();
    if (this.events) this.#tell(this.clock.monotonic());
  }

  #tell(now: number): void {
    if (this.#latest === undefined) return;
    const { done, total, counts, remainingSeconds } = this.#latest;
    this.#toldAt = now;
    this.context.stderr.write(`${JSON.stringify({ event: 'progress', done, total, ...counts, remainingSeconds })}\n`);
  }

  #note({ note, counts }: Step): string {
    if (counts?.addresses === undefined) return note;
    const { addresses, expected, alive, entered, collected, addressesPerSecond: pace } = counts;
    return say(this.context.language, [
      `${addresses}/${expected} addresses${pace ? ` (${Math.round(pace)}/s)` : ''}, ${alive} alive, ${entered} entered, ${collected} collected`,
      `アドレス ${addresses}/${expected}${pace ? ` (毎秒 ${Math.round(pace)})` : ''}、応答 ${alive}、ログイン ${entered}、収集 ${collected}`,
    ]);
  }

  /** Nothing where the operation itself does not know. */
  #remaining({ remainingSeconds: seconds }: Step): string {
    if (seconds === undefined) return '';
    const [amount, unit] =
      seconds < 90
        ? [seconds, say(this.context.language, ['s', '秒'])]
        : [Math.ceil(seconds / 60), say(this.context.language, ['min', '分'])];
    return say(this.context.language, [` ${amount} ${unit} left`, ` 残り ${amount} ${unit}`]);
  }
}
