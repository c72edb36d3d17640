/** `ksocket explain ADDRESS`: every step of the decision about one address, from what the last scans wrote down, or from a scan of it now. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import stringWidth from 'string-width';
import { type Address, failure } from '../core/contract/index.js';
import {
  explain as explained,
  type Step,
  type Story,
  stepTitles,
  storyOf,
  type TrailEvent,
  type TrailEventOf,
} from '../core/inventory/index.js';
import { readAddress } from './address.js';
import { prepare } from './agent.js';
import type { CommonOptions, Context } from './context.js';
import { type Language, say } from './language.js';
import { trailEventOf, trailsIn } from './trails.js';

interface Told {
  readonly scan: TrailEventOf<'scan'> | undefined;
  readonly story: Story;
}

export async function explain(
  context: Context,
  argv: CommonOptions & { address: string; probe: boolean },
): Promise<number> {
  const address = readAddress(argv.address);
  const { options } = await prepare(context, argv, true);
  if (argv.probe) {
    // What was written down is told without all that a scan takes.
    const { scanAddress } = await import('./address-scan.js');
    await scanAddress(context, options, address, argv.json);
  }
  const { scan, story } = await newestStory(join(options.home.lib, 'trails'), address, argv.probe);
  const steps = explained(story);
  if (argv.json) {
    const told = steps.map(({ step, ok, text }) => ({ step, ok, text: text[0] }));
    context.stdout.write(`${JSON.stringify({ address, scan, complete: story.ended, steps: told }, null, 2)}\n`);
  } else context.stdout.write(render(context.language, address, scan, story, steps));
  return 0;
}

/** The last scan that had to do with the address; the very last when none had. @throws Failure E_INPUT without any scan */
async function newestStory(directory: string, address: Address, last: boolean): Promise<Told> {
  let newest: Told | undefined;
  for (const name of await trailsIn(directory)) {
    const events = await eventsOf(join(directory, name), address);
    const scan = events.find((it) => it.is === 'scan');
    const story = storyOf(address, events);
    newest ??= { scan, story };
    // Another scan may have begun since.
    if (last && scan?.start.join() !== address) continue;
    if (last || story.candidates.length + story.left.length + story.seen.length > 0) return { scan, story };
  }
  if (newest !== undefined) return newest;
  throw failure('E_INPUT', `no scan is written down in ${directory}`, {
    remedy: `scan first, or look now: ksocket explain ${address} --probe`,
  });
}

/** What a trail says of one address and of the scan as a whole; a line that a crash has cut is left out. */
async function eventsOf(file: string, address: Address): Promise<TrailEvent[]> {
  const nodes = [JSON.stringify(address)];
  const events: TrailEvent[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const general = /^\{"is":"(scan|resumed|lead|end)"/.test(line);
    if (!general && !nodes.some((it) => line.includes(it))) continue;
    const event = trailEventOf(line);
    if (event === undefined) continue;
    events.push(event);
    if (event.is === 'seen' && event.addresses.includes(address)) nodes.push(JSON.stringify(event.node));
  }
  return events;
}

function render(
  language: Language,
  address: Address,
  scan: Told['scan'],
  story: Story,
  steps: readonly Step[],
): string {
  const about =
    scan === undefined ? '' : `${scan.at}, ${scan.mode}${scan.start.length === 0 ? '' : `, ${shortened(scan.start)}`}`;
  const state = story.ended ? '' : say(language, [', not ended', '、未完了']);
  const head = say(language, [`${address} in the scan of ${about}${state}`, `${address}: スキャン ${about}${state}`]);
  let before: Step['step'] | undefined;
  const lines = steps.map(({ step, ok, text }) => {
    const title = step === before ? '' : say(language, stepTitles[step]);
    before = step;
    return `  ${title}${' '.repeat(Math.max(1, 13 - stringWidth(title)))}${ok ? ' ' : '!'} ${say(language, text)}`;
  });
  return `${[head, ...lines].join('\n')}\n`;
}

const shortened = (list: readonly string[]): string =>
  list.length <= 5 ? list.join(' ') : `${list.slice(0, 5).join(' ')} +${list.length - 5}`;
