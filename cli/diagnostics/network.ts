/** `ksocket diagnostics network`: what this machine and its kernel permit a scan to do. Sends no packet. */
import { composePlugins } from '../../core/container/compose-plugins.js';
import { tokens } from '../../core/container/tokens.js';
import type { Diagnosis } from '../../core/contract/index.js';
import { type Outcome, type Step, Trouble } from '../checklist.js';
import type { Examination } from './examination.js';
import { kernelSteps } from './kernel.js';
import { withParts } from './parts.js';
import { settingsFor } from './settings.js';

export async function network(examination: Examination): Promise<void> {
  const settings = await settingsFor(examination);
  if (settings === undefined) return;
  await withParts(examination, settings, composePlugins, async (wiring) => {
    const lines: Diagnosis[] = [];
    for (const { parts } of wiring.get(tokens.roster).modes)
      if (parts.diagnose) for await (const line of parts.diagnose()) lines.push(line);
    await examination.block(lines.map(stepOf), { independent: true });
  });
  await examination.block(kernelSteps(), { independent: true });
}

function stepOf({ title, ok, detail = '', remedy, instead }: Diagnosis): Step {
  return {
    title,
    run(): Outcome {
      if (ok) return { detail };
      if (instead === undefined) throw new Trouble(detail, remedy);
      return { skipped: true, detail: `${detail}; ${instead}`, remedy };
    },
  };
}
