/**
 * `npm run bench -- collect [--only ssh,walk,agents,memory] [--write-docs]`: what hosts say of themselves by SSH and SNMP, beside
 * Ansible, snmpbulkwalk and the plain library in one run.
 */
import { labObstacle } from '../../../plugins/intranet/testing/lab.js';
import { writeDocs } from '../docs.js';
import { cases } from './cases.js';
import { conditions, missing } from './conditions.js';
import { goalsOf } from './goals.js';
import { forDocs, forTerminal, type Report } from './report.js';
import type { CaseResult } from './row.js';

type Say = (line: string) => void;

/** @throws when something that it needs is missing */
export async function benchCollect(options: readonly string[]): Promise<Record<string, unknown>> {
  const obstacle = labObstacle();
  if (obstacle !== undefined) throw new Error(`the bench of collection ${obstacle}`);
  const packages = missing();
  if (packages.length > 0) throw new Error(`missing Debian packages: apt-get install ${packages.join(' ')}`);
  const say: Say = (text) => void process.stderr.write(`${text}\n`);
  // 128 and the number of the signal, as a shell says it; the exit takes the namespaces down.
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  const only = options.includes('--only') ? options[options.indexOf('--only') + 1]?.split(',') : undefined;
  const under = conditions();
  const results: CaseResult[] = [];
  for (const [name, run] of Object.entries(cases))
    if (only === undefined || only.includes(name)) results.push(...(await run(say)));
  const report: Report = { conditions: under, cases: results, goals: results.flatMap(goalsOf) };
  say(forTerminal(report));
  if (options.includes('--write-docs')) writeDocs('collection', 'collect', (language) => forDocs(report, language));
  return { ...report };
}
