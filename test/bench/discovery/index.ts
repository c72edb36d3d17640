/** `npm run bench -- discovery [--full] [--write-docs] [--seed N]`: our sweep beside arp-scan, nmap and fping in one run. */
import { labObstacle } from '../../../plugins/intranet/testing/lab.js';
import { writeDocs } from '../docs.js';
import { fullCases, shortCases } from './cases.js';
import { conditions, leastBridge } from './conditions.js';
import { missing } from './contenders.js';
import { goalsOf } from './goals.js';
import { type CaseResult, runCase } from './one-case.js';
import { forDocs, forTerminal, type Report } from './report.js';

/** @throws when something that it needs is missing */
export async function benchDiscovery(options: readonly string[]): Promise<Record<string, unknown>> {
  const obstacle = labObstacle();
  if (obstacle !== undefined) throw new Error(`the bench of discovery ${obstacle}`);
  const packages = missing();
  if (packages.length > 0) throw new Error(`missing Debian packages: apt-get install ${packages.join(' ')}`);
  const seed = Number(options[options.indexOf('--seed') + 1] ?? 1) || 1;
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const under = await conditions(seed);
  if (under.bridgeFramesPerSecond < leastBridge)
    say(
      `the bridge carries ${under.bridgeFramesPerSecond} frames/s only: cases with loss measure it, not the contenders`,
    );
  // 128 and the number of the signal, as a shell says it; the exit takes the namespaces down.
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  const cases: CaseResult[] = [];
  for (const it of options.includes('--full') ? fullCases : shortCases) cases.push(await runCase(it, seed, say));
  const report: Report = { conditions: under, cases, goals: cases.flatMap(goalsOf) };
  say(forTerminal(report));
  if (options.includes('--write-docs')) writeDocs('discovery', 'discovery', (language) => forDocs(report, language));
  return { ...report };
}
