/** `npm run chaos -- --minutes M [--seed S]`: one JSON line; exit 1 when anything was lost, doubled, run too often, or wrong. */
import { parseArgs } from 'node:util';
import { runChaos } from './run.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const report = await runChaos({ minutes: Number(values.minutes), seed: Number(values.seed) });
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exitCode = report.lost + report.duplicated + report.overRun + report.wrong.length === 0 ? 0 : 1;
