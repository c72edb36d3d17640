/** `ksocket update check`: what runs, what is offered, what became of the last update, and whose signature would be believed. */
import { spaceFiles } from '../../core/container/way.js';
import { failure, sentenceOf } from '../../core/contract/index.js';
import { askForOffer, readMark, readOffer, readState } from '../../core/update/index.js';
import { compareVersions, type UpdateInput } from '../../core/wire/index.js';
import { prepare } from '../agent.js';
import { Checklist, type Outcome } from '../checklist.js';
import type { CommonOptions, Context } from '../context.js';
import { version } from '../version.js';
import { rootParts } from './parts.js';

export async function check(context: Context, argv: CommonOptions): Promise<number> {
  const parts = rootParts(context);
  const { place } = parts;
  const report: Record<string, unknown> = { version: version() };
  const list = new Checklist(context, argv);
  const { options } = await prepare(context, argv, true);
  const { mode } = options.settings.update;
  await list.block(
    [
      { title: 'Version', run: () => ({ detail: version() }) },
      { title: 'Mode', run: () => ({ detail: mode }) },
      { title: 'Slots', run: slots },
      { title: 'Signature keys', run: keys },
      { title: 'Last update', run: last },
      { title: 'Offer of the space', run: offer },
    ],
    { independent: true },
  );
  if (argv.json) context.stdout.write(`${JSON.stringify({ ok: list.ok, ...report, mode, steps: list.steps })}\n`);
  return list.ok ? 0 : 1;

  async function slots(): Promise<Outcome> {
    const active = await place.active();
    if (active === undefined) return { skipped: true, detail: 'none here' };
    const both = (['a', 'b'] as const).map((name) => ({ name, version: place.versionIn(name) }));
    report.slots = both.map((it) => ({ ...it, active: it.name === active }));
    const texts = both.map((it) => `${it.name === active ? '*' : ''}${it.name} ${it.version ?? '-'}`);
    return { detail: texts.join(', ') };
  }

  async function keys(): Promise<Outcome> {
    const all = (await parts.trust()).flatMap((ring) => ring.keys);
    report.keys = all.map(({ id, name }) => ({ id, name }));
    if ((await place.active()) === undefined) return { skipped: true, detail: 'nothing to update here' };
    if (all.length > 0) return { detail: all.map(({ name }) => name).join(', ') };
    throw failure('E_UPDATE', 'there is no key by which an update could be known', {
      remedy: 'put the public key of who signs your updates into etc/ksocket/update-keys (NAME.pem)',
    });
  }

  async function last(): Promise<Outcome> {
    const state = await readState(place.stateFile);
    report.state = state;
    const { trial } = state;
    if (trial !== null) {
      const mark = await readMark(place);
      const isReady = mark?.id === trial.id && mark.result === 'ready';
      const word = trial.phase === 'staged' ? 'waits for the next start' : isReady ? 'works' : 'on trial';
      return { detail: `${trial.version} ${word}` };
    }
    if (state.last === null) return { skipped: true, detail: 'none' };
    const { result, reason } = state.last;
    if (result === 'confirmed') return { detail: `${state.last.version} confirmed` };
    throw failure(
      'E_UPDATE',
      `version ${state.last.version} was ${result === 'refused' ? 'refused' : 'rolled back'}: ${reason ?? ''}`,
    );
  }

  async function offer(): Promise<Outcome> {
    if (options.settings.connect.token === undefined) return { skipped: true, detail: 'no space' };
    const found = await asked();
    report.offer = found ?? null;
    if (found === undefined) return { detail: 'none' };
    const isHere = compareVersions(found.version, version()) === 0;
    return { detail: isHere ? `${found.version}, in use` : found.version };
  }

  /** The space itself knows best; without it, what it said last. */
  async function asked(): Promise<UpdateInput | undefined> {
    try {
      return await askForOffer(await spaceFiles(options), context.signal);
    } catch (error) {
      const noted = await readOffer(place);
      if (noted === undefined) throw error;
      report.space = sentenceOf(error);
      return noted;
    }
  }
}
