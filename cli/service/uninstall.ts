/** `ksocket service uninstall`: everything that install did, taken back; what is not there any more is no fault. */
import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Checklist } from '../checklist.js';
import type { CommonOptions, Context } from '../context.js';
import { removeAccount } from './account.js';
import type { ServiceState } from './backend.js';
import { type Machine, machineOf } from './machine.js';
import { takeBack } from './ownership.js';
import { ended, requirePrivilege } from './report.js';

export async function uninstall(context: Context, argv: CommonOptions, given?: Machine): Promise<number> {
  const machine = given ?? (await machineOf(context.env));
  requirePrivilege(machine);
  const { backend } = machine;
  const checklist = new Checklist(context, argv);
  let state: ServiceState = 'missing';
  const gone = await checklist.block([
    {
      title: 'Stop the service',
      async run() {
        state = await backend.state();
        if (state === 'missing' || state === 'stopped') return { skipped: true };
        await backend.stop();
        return undefined;
      },
    },
    {
      title: 'Uninstall the service',
      async run() {
        if (state !== 'missing') await backend.uninstall();
        const accountGone = machine.kind !== 'windows' && (await forget(machine));
        return { skipped: state === 'missing' && !accountGone };
      },
    },
  ]);
  const { file } = backend;
  if (gone && file !== undefined) {
    checklist.print('\n');
    await checklist.block([{ title: 'Remove a service file', run: () => remove(machine, file) }]);
  }
  return ended(context, argv, checklist);
}

/** First the files, then their owner. */
async function forget({ run, home }: Machine): Promise<boolean> {
  await takeBack(run, home.directory);
  return removeAccount(run);
}

async function remove({ home }: Machine, file: string) {
  const there = await lstat(file).catch(() => undefined);
  if (there === undefined) return { skipped: true };
  await rm(file);
  // The folders that were made for it, as far as nothing else is in them.
  for (let at = dirname(file); at !== home.directory; at = dirname(at)) {
    if ((await readdir(at)).length > 0) break;
    await rmdir(at);
  }
  return { detail: file };
}
