/** One run of `ksocket diagnostics`: what every check of it shares, and its report, as lines while it runs or as data at its end. */
import { type FrozenSettings, findHome, type Home } from '../../core/config/index.js';
import { Redactor } from '../../core/runtime/index.js';
import { Checklist, type Order, type Step, type StepReport, type Told, Trouble } from '../checklist.js';
import type { CommonOptions, Context } from '../context.js';
import type { Text } from '../language.js';
import { type Fact, renderFacts } from './facts.js';
import { type Header, headerOf, renderHeader } from './header.js';

/** The manual's 4.2.1 and 4.4. */
const askSupport: Text = [
  'ask support, with the file that ksocket support-bundle writes',
  'ksocket support-bundle が作るファイルを添えてサポートにお問い合わせください',
];

/** One check: the facts it states and the steps it took. */
export interface CheckReport {
  readonly name: string;
  readonly ok: boolean;
  readonly facts: Readonly<Record<string, string>>;
  readonly steps: readonly StepReport[];
}

export class Examination {
  readonly home: Home;
  /** Whatever is secret never leaves, by whichever way it came into a line. */
  readonly redactor = new Redactor();
  readonly insecure: boolean;
  readonly #header: Header;
  readonly #list: Checklist;
  readonly #checks: CheckReport[] = [];
  #facts: Record<string, string> = {};

  constructor(
    readonly context: Context,
    readonly options: CommonOptions,
  ) {
    this.home = findHome(context.env);
    this.insecure = /^(1|true|yes|on)$/i.test(context.env.KSOCKET_INSECURE ?? '');
    this.#header = headerOf(this);
    const stdout = { write: (text: string) => context.stdout.write(this.redactor.redact(text)) };
    this.#list = new Checklist({ language: context.language, stdout }, options);
    this.#list.print(renderHeader(this.#header));
  }

  /** Could the settings be read? */
  knowsSettings = false;

  /** Nothing of the settings is printed that is secret. */
  keepsQuietAbout(settings: FrozenSettings): FrozenSettings {
    this.knowsSettings = true;
    // The address of a proxy is told; of its login, whoever makes the route keeps quiet.
    this.redactor.addAll({ ...settings, connect: { ...settings.connect, proxy: undefined } });
    return settings;
  }

  /** A block of facts, an empty line before it. */
  states(facts: readonly Fact[], gap = 1): void {
    Object.assign(this.#facts, Object.fromEntries(facts));
    this.#list.print(`\n${renderFacts([facts], gap)}`);
  }

  /** A block of steps, an empty line before it. */
  block(steps: readonly Step[], how?: Order): Promise<boolean> {
    this.#list.print('\n');
    return this.#list.block(
      steps.map(({ title, run, remedy = askSupport }) => ({ title, remedy, run: () => this.#untilStopped(run) })),
      how,
    );
  }

  /** A step whose end is known already. */
  async fails(title: string, error: unknown, remedy?: Told): Promise<void> {
    await this.block([
      {
        title,
        remedy,
        run() {
          throw error;
        },
      },
    ]);
  }

  /** Ctrl-C ends the step that runs, and those after it. */
  async #untilStopped<T>(run: () => Promise<T> | T): Promise<T> {
    const { signal } = this.context;
    let stop = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(new Trouble(['cancelled', '中断されました'], ['run it again', 'もう一度実行してください']));
    });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await Promise.race([stopped, signal.aborted ? stopped : run()]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Runs one check; what it states and does belongs to it in the report. */
  async check(name: string, run: (examination: Examination) => Promise<unknown>): Promise<boolean> {
    const before = this.#list.steps.length;
    this.#facts = {};
    await run(this);
    const steps = this.#list.steps.slice(before);
    const ok = steps.every(({ status }) => status !== 'failed');
    this.#checks.push({ name, ok, facts: this.#facts, steps });
    return ok;
  }

  /** @returns the exit code */
  end(): number {
    const { ok } = this.#list;
    const report = { ok, ...this.#header, checks: this.#checks };
    if (this.options.json) this.context.stdout.write(this.redactor.redact(`${JSON.stringify(report, null, 2)}\n`));
    return ok ? 0 : 1;
  }
}
