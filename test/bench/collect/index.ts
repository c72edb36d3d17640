/**
 * `npm run bench -- collect [--only ssh,walk,agents,memory] [--write-docs]`: what hosts say of themselves by SSH and SNMP, beside
 * Ansible, snmpbulkwalk and the plain library in one run.
 */
import { labObstacle } from '../../../plugins/intranet/testing/lab.js';
import { writeDocs } from '../docs.js';
import { conditions, missing } from './conditions.js';
import { goalsOf } from './goals.js';
import { agentsCase, sshCase } from './hosts-case.js';
import { forDocs, forTerminal, type Report } from './report.js';
import type { CaseResult } from './row.js';
import { walkCase } from './walk-case.js';

type Say = (line: string) => void;

/** A session reads at most 100,000 objects, so the table is a little smaller. */
const tableRows = 9_900;
const latencyMs = [5, 20] as const;
/** What is kept within one run is measured up to here. */
const growing = [50, 200, 500];

const cases: Readonly<Record<CaseResult['kind'], (say: Say) => Promise<CaseResult[]>>> = {
  async ssh(say) {
    const rows = await sshCase({ stations: 50, hosts: 50, atOnce: [5, 25], runs: 1, peers: true }, say);
    return [{ kind: 'ssh', title: '50 Unix hosts by SSH', unit: 'hosts', rows }];
  },
  async walk(say) {
    const results: CaseResult[] = [];
    for (const [latency, runs, repetitions] of [
      [0, 5, [50, 10]],
      [5, 3, [50]],
    ] as const) {
      const rows = await walkCase({ rows: tableRows, latencyMs: latency, runs, repetitions }, say);
      const title = `A table of ${(tableRows * 10).toLocaleString('en')} objects by SNMP, agent ${latency} ms away`;
      results.push({ kind: 'walk', title, unit: 'objects', rows });
    }
    return results;
  },
  async agents(say) {
    const wanted = { stations: 4, hosts: 500, atOnce: [32], runs: 3, peers: true, latencyMs };
    const title = '500 switches of 24 ports by SNMP, 5 to 20 ms away';
    return [{ kind: 'agents', title, unit: 'hosts', rows: await agentsCase(wanted, say) }];
  },
  async memory(say) {
    const results: CaseResult[] = [];
    for (const [kind, run] of [
      ['SNMP', agentsCase],
      ['SSH', sshCase],
    ] as const) {
      const rows = [];
      for (const hosts of growing)
        rows.push(
          ...(await run(
            { stations: kind === 'SSH' ? 50 : 4, hosts, atOnce: [32], runs: 1, peers: false, latencyMs },
            say,
          )),
        );
      results.push({ kind: 'memory', title: `More and more hosts by ${kind}`, unit: 'hosts', rows });
    }
    return results;
  },
};

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
