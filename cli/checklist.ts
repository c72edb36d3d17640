/**
 * Steps that are told while they are done, as the manual prints them: `Establish websocket ..... OK`. Within a block the results
 * stand below each other, behind three dots at least. A step that fails ends its list: what follows would only show the same cause again.
 */
import { asFailure } from '../core/contract/index.js';
import type { CommonOptions, Context } from './context.js';
import { say, type Text } from './language.js';
import { printable } from './printable.js';

/** What a step that did not fail came to; `detail` stands in brackets: `OK [192.0.2.1]`. */
export interface Outcome {
  readonly skipped?: boolean;
  readonly detail?: string | undefined;
  /** Further lines below the step. */
  readonly notes?: readonly Told[] | undefined;
  /** What would make a skipped step possible. */
  readonly remedy?: Told | undefined;
  /** What only a program wants to know. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** A sentence in both languages, or one that there is in English only. */
export type Told = string | Text;

/** Why a step fails, and what to do about it. */
export class Trouble extends Error {
  override readonly name = 'Trouble';

  constructor(
    readonly what: Told,
    readonly remedy?: Told,
  ) {
    super(english(what));
  }
}

export interface Step {
  /** English in both languages: scripts read it. */
  readonly title: string;
  /** What to do where the failure itself does not say. */
  readonly remedy?: Told | undefined;
  /** @throws Failure with what to do next */
  run(): Promise<Outcome | undefined> | Outcome | undefined;
}

/** One step as data, for `--json`: in English. */
export interface StepReport {
  readonly title: string;
  readonly status: 'ok' | 'skip' | 'failed';
  readonly detail?: string;
  readonly reason?: string;
  readonly remedy?: string;
  readonly notes?: readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The same before it is said in one of the languages. */
interface Ended extends Pick<StepReport, 'title' | 'status' | 'detail'>, Pick<Outcome, 'data'> {
  readonly reason?: Told | undefined;
  readonly remedy?: Told | undefined;
  readonly notes?: readonly Told[] | undefined;
}

const leastDots = 3;

const todo: Text = ['what to do', '対処'];

/** Which steps of a block need which. Without a word each needs the one before it. */
export interface Order {
  readonly independent?: boolean;
  readonly first?: number;
}

export class Checklist {
  readonly steps: StepReport[] = [];

  constructor(
    private readonly context: Pick<Context, 'language'> & { readonly stdout: { write(text: string): unknown } },
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
   * @param how.independent the steps have nothing to do with each other, so all of them run, whatever fails
   * @param how.first so many steps are what all others need; those do not need each other
   * @returns whether all of them went well
   */
  async block(
    steps: readonly Step[],
    { independent = false, first = independent ? 0 : steps.length }: Order = {},
  ): Promise<boolean> {
    const width = Math.max(...steps.map(({ title }) => title.length));
    let ok = true;
    for (const [index, step] of steps.entries()) {
      this.print(`${step.title} ${'.'.repeat(width - step.title.length + leastDots)} `);
      const ended = await endOf(step);
      this.steps.push(dataOf(ended));
      this.print(`${lineOf(ended)}\n${this.#advice(ended)}`);
      ok &&= ended.status !== 'failed';
      if (ended.status === 'failed' && index < first) break;
    }
    return ok;
  }

  #advice({ reason, remedy, notes = [] }: Ended): string {
    const tell = (told: Told) => (typeof told === 'string' ? told : say(this.context.language, told));
    return [
      ...(reason === undefined ? [] : [tell(reason)]),
      ...(remedy === undefined ? [] : [`${tell(todo)}: ${tell(remedy)}`]),
      ...notes.map(tell),
    ]
      .map((text) =>
        text
          .split('\n')
          .map((line) => `  ${printable(line)}\n`)
          .join(''),
      )
      .join('');
  }
}

async function endOf({ title, run, remedy: usual }: Step): Promise<Ended> {
  try {
    const { skipped = false, detail, ...more } = (await run()) ?? {};
    return { title, status: skipped ? 'skip' : 'ok', ...(detail === undefined ? {} : { detail }), ...more };
  } catch (error) {
    if (error instanceof Trouble) return { title, status: 'failed', reason: error.what, remedy: error.remedy ?? usual };
    const failed = asFailure(error, title);
    // A fault without a name of its own is told in its own words.
    const told = failed.code === 'E_PLUGIN' && failed.cause instanceof Error ? failed.cause : failed;
    return { title, status: 'failed', reason: told.message, remedy: (told as { remedy?: string }).remedy ?? usual };
  }
}

const english = (told: Told): string => (typeof told === 'string' ? told : told[0]);

function dataOf({ title, status, detail, reason, remedy, notes, data }: Ended): StepReport {
  return {
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(reason === undefined ? {} : { reason: english(reason) }),
    ...(remedy === undefined ? {} : { remedy: english(remedy) }),
    ...(notes === undefined || notes.length === 0 ? {} : { notes: notes.map(english) }),
    ...(data === undefined ? {} : { data }),
  };
}

function lineOf({ status, detail }: Ended): string {
  const word = { ok: 'OK', skip: 'Skip', failed: 'Failed' }[status];
  return detail === undefined ? word : `${word} [${printable(detail)}]`;
}
