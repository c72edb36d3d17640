/** An installation made in this process, for tests of what comes after it. */
import type { Step } from '../../cli/checklist.js';
import { readEarlier } from '../install/earlier.js';
import { installSteps } from '../install/steps.js';
import type { Value } from '../install/wishes.js';
import { layoutOf } from '../layout.js';
import type { Payload } from '../payload.js';

const usual: readonly (readonly [string, Value])[] = [
  ['connect.host', 'space.example.com'],
  ['connect.token', 'ks1_secret'],
];

export async function stepsFor(payload: Payload, home: string, settings = usual): Promise<Step[]> {
  const layout = layoutOf(home);
  const wishes = { directory: home, settings: new Map(settings), service: false, user: undefined };
  return installSteps({ layout, payload, earlier: await readEarlier(layout), wishes, takeOver: undefined });
}

export async function installHere(payload: Payload, home: string): Promise<void> {
  for (const step of await stepsFor(payload, home)) await step.run();
}
