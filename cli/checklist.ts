/**
 * Steps that are told while they are done, as the manual prints them: `Establish websocket ..... OK`. Within a block the results
 * stand below each other, behind three dots at least. A step that fails ends its list: what follows would only show the same cause again.
 */
import { asFailure } from '../core/contract/index.js';
import type { CommonOptions, Context } from './context.js';
import { say, type Text } from './language.js';

/** What a step that did not fail came to; `detail` stands in brackets: `OK [192.0.2.1]`. */
export interface Outcome {
  readonly skipped?: boolean;
  readonly detail?: string | undefined;
}

export interface Step {
  /** English in both languages: scripts read it. */
  readonly title: string;
  /** @throws Failure with what to do next */
  run(): Promise<Outcome | undefined> | Outcome | undefined;
}

/** One step as data, for `--json`. */
export interface StepReport extends Outcome {
  readonly title: string;
  readonly status: 'ok' | 'skip' | 'failed';
  readonly reason?: string;
  readonly remedy?: string;
}

const leastDots = 3;

const todo: Text = ['what to do', '対処'];

export class Checklist {
  readonly steps: StepReport[] = [];

  constructor(
    private readonly context: Context,
    private readonly options: CommonOptions,
  ) {}

  get ok(): boolean {
    return this.steps.every(({ status }) => status !== 'failed');
  }

  /** Facts above and between the blocks; not printed where the report is data. */
  print(text: string): void {
    if (!this.options.json) this.context.stdout.write(text);
  }

  /**
   * Runs the steps of one block in their order.
   * @param independent the steps have nothing to do with each other, so all of them run, whatever fails
   * @returns whether all of them went well
   */
  async block(steps: readonly Step[], { independent = false } = {}): Promise<boolean> {
    const width = Math.max(...steps.map(({ title }) => title.length));
    let ok = true;
    for (const step of steps) {
      this.print(`${step.title} ${'.'.repeat(width - step.title.length + leastDots)} `);
      const report = await reportOf(step);
      this.steps.push(report);
      this.print(`${lineOf(report)}\n${this.#advice(report)}`);
      ok &&= report.status !== 'failed';
      if (!ok && !independent) break;
    }
    return ok;
  }

  #advice({ status, reason, remedy }: StepReport): string {
    if (status !== 'failed') return '';
    const help = remedy === undefined ? '' : `  ${say(this.context.language, todo)}: ${remedy}\n`;
    return `  ${reason}\n${help}`;
  }
}

async function reportOf({ title, run }: Step): Promise<StepReport> {
  try {
    const { skipped = false, detail } = (await run()) ?? {};
    return { title, status: skipped ? 'skip' : 'ok', ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    const failed = asFailure(error, title);
    // A fault without a name of its own is told in its own words.
    const reason = failed.code === 'E_PLUGIN' && failed.cause instanceof Error ? failed.cause.message : failed.message;
    return { title, status: 'failed', reason, ...(failed.remedy === undefined ? {} : { remedy: failed.remedy }) };
  }
}

function lineOf({ status, detail }: StepReport): string {
  const word = { ok: 'OK', skip: 'Skip', failed: 'Failed' }[status];
  return detail === undefined ? word : `${word} [${detail}]`;
}
