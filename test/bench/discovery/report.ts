/** The figures for people: tables of the terminal, and the part of the documentation that the bench writes. */
import { renderTable } from '../../../cli/table.js';
import type { Language } from '../docs.js';
import type { Conditions } from './conditions.js';
import { approximation, type Goal, goalsOf, relation } from './goals.js';
import type { CaseResult, Row } from './one-case.js';

export interface Report {
  readonly conditions: Conditions;
  readonly cases: readonly CaseResult[];
  readonly goals: readonly Goal[];
}

const heads = {
  en: [
    'swept by',
    'seconds',
    'ours is',
    'packets',
    'CPU s',
    'peak MiB',
    'found',
    'missed',
    'wrong',
    'last found',
    'p99 / max ms',
  ],
  ja: [
    '実行したもの',
    '秒',
    '本製品の速さ',
    'パケット',
    'CPU 秒',
    '最大 MiB',
    '発見',
    '見逃し',
    '誤り',
    '最後の発見',
    'p99 / 最大 ms',
  ],
};
const goalHeads = { en: ['goal', 'measured', 'met'], ja: ['目標', '測定値', '達成'] };
const words = { en: { yes: 'yes', no: 'no', open: 'open' }, ja: { yes: '達成', no: '未達', open: '不明' } };

export function forTerminal({ cases, goals, conditions }: Report): string {
  const parts = cases.flatMap((it) => [
    `\n${it.title}`,
    renderTable(
      heads.en.map((title) => ({ title })),
      it.rows.map((row) => cells(it, row)),
    ),
  ]);
  const titles = ['case', ...goalHeads.en].map((title) => ({ title }));
  const rows = goals.map((goal) => [goal.case, ...goalCells(goal, 'en')]);
  return `${[...parts, '', renderTable(titles, rows), '', line(conditions)].join('\n')}\n`;
}

export function forDocs({ cases, conditions }: Report, language: Language): string {
  const parts = cases.flatMap((it) => [
    `### ${it.title}`,
    markdown(
      heads[language],
      it.rows.map((row) => cells(it, row)),
    ),
    markdown(
      goalHeads[language],
      goalsOf(it).map((goal) => goalCells(goal, language)),
    ),
  ]);
  return [line(conditions), ...parts].join('\n\n');
}

function cells(it: CaseResult, row: Row): string[] {
  const best = it.rows.find((other) => other.ours);
  const ratio = row.ours || best === undefined ? '' : relation(best, row);
  return [
    row.contender,
    row.fault === undefined ? `${approximation(row)}${row.seconds.toFixed(2)}` : row.fault,
    ...[ratio, String(row.packets), row.cpuSeconds.toFixed(2), row.peakMiB.toFixed(0)],
    ...[row.found, row.missed, row.wrong].map(String),
    row.own === undefined ? '' : `${row.own.lastAliveSeconds.toFixed(2)} s`,
    row.own === undefined ? '' : `${row.own.eventLoop.p99Ms.toFixed(1)} / ${row.own.eventLoop.maxMs.toFixed(0)}`,
  ];
}

function goalCells({ goal, measured, met }: Goal, language: Language): string[] {
  const word = words[language];
  return [goal, measured, met === undefined ? word.open : met ? word.yes : word.no];
}

function line({ kernel, cores, processor, node, peers, bridgeFramesPerSecond, seed }: Conditions): string {
  const named = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return [
    ...[`Linux ${kernel}`, `${cores} × ${processor}`, `Node.js ${node}`, ...named],
    ...[`lossy bridge ${bridgeFramesPerSecond.toLocaleString('en')} frames/s at the most`, `seed ${seed}`],
  ].join(' · ');
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}
