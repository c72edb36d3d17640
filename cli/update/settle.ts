/**
 * `ksocket update settle`: what the service runs as root before each start. It says what it did, one line each, and never keeps
 * the service from starting: whatever is wrong with an update, there is a version that works.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { sentenceOf } from '../../core/contract/index.js';
import { programIn, settle as settleNow } from '../../core/update/index.js';
import type { Context } from '../context.js';
import { alone, rootParts } from './parts.js';

export async function settle(context: Context): Promise<number> {
  const say = (text: string) => void context.stdout.write(`ksocket update: ${text}\n`);
  const parts = rootParts(context, say);
  const { place } = parts;
  try {
    if ((await place.active()) === undefined) return 0;
    const { goOn } = await alone(place, () => settleNow(parts));
    // The version that was just confirmed goes on, from its own slot.
    if (goOn) await other(context, programIn(place.slot((await place.active())!)));
  } catch (error) {
    context.stderr.write(`ksocket update: ${sentenceOf(error)}\n`);
  }
  return 0;
}

async function other({ env }: Context, { node, main }: ReturnType<typeof programIn>): Promise<void> {
  await once(spawn(node, [main, 'update', 'settle'], { stdio: 'inherit', env }), 'exit');
}
