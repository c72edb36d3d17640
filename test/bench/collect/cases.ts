/** What is read, and by how many at once. About ten minutes in all. */
import { agentsCase, sshCase } from './hosts-case.js';
import type { CaseResult, Row } from './row.js';
import { walkCase } from './walk-case.js';

type Say = (line: string) => void;

/** A session reads at most 100,000 objects, so the table is a little smaller. */
const tableRows = 9_900;
const latencyMs = [5, 20] as const;
/** As many at once as a scan takes by itself. */
const usual = [32];
/** What must not grow is looked at from here to there. */
const growing = [50, 200, 500];

export const cases: Readonly<Record<CaseResult['kind'], (say: Say) => Promise<CaseResult[]>>> = {
  async ssh(say) {
    const rows = await sshCase({ stations: 50, hosts: 50, atOnce: [5, 25], runs: 1, peers: true, updates: true }, say);
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
    const results: CaseResult[] = [];
    for (const [protocol, name, runs] of [
      ['v2c', 'SNMPv2c', 3],
      ['v3', 'SNMPv3, authPriv with SHA-256 and AES-128', 1],
    ] as const) {
      const wanted = { stations: 4, hosts: 500, atOnce: usual, runs, peers: true, latencyMs, protocol };
      const title = `500 switches of 24 ports, 5 to 20 ms away, by ${name}`;
      results.push({ kind: 'agents', title, unit: 'hosts', rows: await agentsCase(wanted, say) });
    }
    return results;
  },
  async memory(say) {
    const usually = { atOnce: usual, runs: 1, peers: false };
    const snmp: Row[] = [];
    const ssh: Row[] = [];
    for (const hosts of growing) {
      snmp.push(...(await agentsCase({ ...usually, stations: 4, hosts, latencyMs, protocol: 'v2c' }, say)));
      ssh.push(...(await sshCase({ ...usually, stations: 50, hosts, updates: false }, say)));
    }
    return [
      { kind: 'memory', title: 'More and more switches by SNMP', unit: 'hosts', rows: snmp },
      { kind: 'memory', title: 'More and more Unix hosts by SSH', unit: 'hosts', rows: ssh },
    ];
  },
};
