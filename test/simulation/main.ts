/** `npm run simulate -- --seeds N --hours H [--from SEED] [--trace]`: many worlds, one JSON line. */
import { parseArgs } from 'node:util';
import { World } from './world.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    hours: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
});
const [seeds, hours, from] = [Number(values.seeds), Number(values.hours), Number(values.from)];
const sum = { faults: 0, operations: 0, lost: 0, duplicated: 0, overRun: 0, slowestRecovery: 0 };
const failed: { seed: number; violations: readonly string[] }[] = [];
const began = performance.now();
for (let seed = from; seed < from + seeds; seed++) {
  const trace = values.trace ? { trace: (text: string) => void process.stderr.write(`${text}\n`) } : {};
  const { violations, ...report } = await World.run({ seed, hours, ...trace });
  for (const key of ['faults', 'operations', 'lost', 'duplicated', 'overRun'] as const) sum[key] += report[key];
  sum.slowestRecovery = Math.max(sum.slowestRecovery, report.slowestRecovery);
  if (violations.length > 0) failed.push({ seed, violations });
}
process.stdout.write(
  `${JSON.stringify({
    seeds,
    virtualHours: seeds * hours,
    ...sum,
    violations: failed.length,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    ...(failed.length > 0 ? { failed: failed.slice(0, 10) } : {}),
  })}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
