/** What all service commands begin and end with. */
import { failure } from '../../core/contract/index.js';
import type { Checklist } from '../checklist.js';
import type { CommonOptions, Context } from '../context.js';
import type { Machine } from './machine.js';

/** @throws Failure E_PRIVILEGE */
export function requirePrivilege({ privileged }: Machine): void {
  if (!privileged)
    throw failure('E_PRIVILEGE', 'change the service of this machine', {
      remedy: 'run this command as root, such as with sudo',
    });
}

/** @returns the exit code */
export function ended(context: Context, argv: CommonOptions, checklist: Checklist, more: object = {}): number {
  if (argv.json)
    context.stdout.write(`${JSON.stringify({ ok: checklist.ok, steps: checklist.steps, ...more }, null, 2)}\n`);
  return checklist.ok ? 0 : 1;
}
