/** `ksocket update rollback`: the next start takes the version before. */
import { rollback as back } from '../../core/update/index.js';
import { Checklist } from '../checklist.js';
import type { CommonOptions, Context } from '../context.js';
import { say } from '../language.js';
import { alone, rootParts } from './parts.js';

export async function rollback(context: Context, argv: CommonOptions): Promise<number> {
  const parts = rootParts(context);
  const list = new Checklist(context, argv);
  let done: { from: string; to: string } | undefined;
  const run = async () => {
    done = await alone(parts.place, () => back(parts));
    return { detail: `${done.from} -> ${done.to}` };
  };
  await list.block([{ title: 'Roll back', run }]);
  if (argv.json) context.stdout.write(`${JSON.stringify({ ok: list.ok, ...done, steps: list.steps })}\n`);
  else if (list.ok) context.stdout.write(`${say(context.language, advice)}\n`);
  return list.ok ? 0 : 1;
}

const advice = [
  'The next start of the service takes it: ksocket service restart',
  '次のサービス起動時に切り替わります: ksocket service restart',
] as const;
