/** `ksocket update apply [FILE]`: a bundle, of a file or of the space's offer, is put on trial for the next start of the service. */
import { rm } from 'node:fs/promises';
import { spaceFiles } from '../../core/container/way.js';
import { failure } from '../../core/contract/index.js';
import {
  activeOf,
  askForOffer,
  download,
  type Judged,
  judge,
  type RootParts,
  readState,
  settleTrial,
  stage,
} from '../../core/update/index.js';
import { compareVersions, type UpdateInput } from '../../core/wire/index.js';
import { prepare } from '../agent.js';
import { Checklist, type Step } from '../checklist.js';
import type { CommonOptions, Context } from '../context.js';
import { say } from '../language.js';
import { alone, rootParts } from './parts.js';

type ApplyOptions = CommonOptions & { readonly file?: string | undefined };

export async function apply(context: Context, argv: ApplyOptions): Promise<number> {
  const parts = rootParts(context);
  await activeOf(parts.place);
  const list = new Checklist(context, argv);
  const work = new Applying(context, argv, parts);
  try {
    await alone(parts.place, () => list.block(work.steps()));
  } finally {
    await work.close();
  }
  const { version } = work;
  if (argv.json) context.stdout.write(`${JSON.stringify({ ok: list.ok, version, steps: list.steps })}\n`);
  else if (list.ok) context.stdout.write(`${say(context.language, advice(version ?? ''))}\n`);
  return list.ok ? 0 : 1;
}

const advice = (version: string) =>
  [
    `Version ${version} is tried at the next start of the service: ksocket service restart. If it is not connected within ten minutes, this version comes back by itself.`,
    `バージョン ${version} は次のサービス起動時に試用されます (ksocket service restart)。10 分以内に接続できなければ、自動的に現在のバージョンに戻ります。`,
  ] as const;

class Applying {
  #judged: Judged | undefined;
  #offer: UpdateInput | undefined;

  constructor(
    private readonly context: Context,
    private readonly argv: ApplyOptions,
    private readonly parts: RootParts,
  ) {}

  get version(): string | undefined {
    return this.#judged?.head.manifest.version;
  }

  steps(): Step[] {
    const { file } = this.argv;
    const { place } = this.parts;
    const download = { title: 'Download update', run: () => this.#download() };
    return [
      { title: 'Check trial', run: () => this.#requireNoTrial() },
      ...(file === undefined ? [download] : []),
      { title: 'Verify update', run: () => this.#judge(file ?? `${place.copy}.download`) },
      { title: 'Install update', run: () => this.#stage() },
    ];
  }

  async close(): Promise<void> {
    await this.#judged?.close();
    await rm(`${this.parts.place.copy}.download`, { force: true });
  }

  /** A version that has shown that it works is confirmed here, to make room for the next. */
  async #requireNoTrial(): Promise<undefined> {
    const { trial } = await readState(this.parts.place.stateFile);
    if (trial === null) return;
    if (trial.phase === 'running' && (await settleTrial(this.parts, trial, { judgeOnly: true }))) return;
    throw failure('E_UPDATE', `version ${trial.version} is on trial`, {
      remedy: 'wait until it is confirmed, or go back: ksocket update rollback',
    });
  }

  async #download() {
    const { options } = await prepare(this.context, this.argv, false);
    const files = await spaceFiles(options);
    const { platform, place } = this.parts;
    if (platform === undefined) throw failure('E_UNSUPPORTED', 'there are no updates for this system');
    this.#offer = await askForOffer(files, this.context.signal);
    if (this.#offer === undefined)
      throw failure('E_INPUT', 'the space offers no update', { remedy: 'name a file: ksocket update apply FILE' });
    await download(files, this.#offer, platform, `${place.copy}.download`, this.context.signal);
    return { detail: this.#offer.version };
  }

  async #judge(file: string) {
    this.#judged = await judge(this.parts, file, true);
    const { manifest } = this.#judged.head;
    if (this.#offer !== undefined && compareVersions(this.#offer.version, manifest.version) !== 0)
      throw failure('E_UPDATE', `the space offers ${this.#offer.version} and sends ${manifest.version}`);
    return { detail: `${manifest.version}, ${this.#judged.signedBy.map(({ name }) => name).join(', ')}` };
  }

  async #stage() {
    const slot = await stage(this.parts, this.#judged!, this.parts.newId());
    return { detail: slot };
  }
}
