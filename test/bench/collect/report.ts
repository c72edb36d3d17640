/** The figures for people: tables of the terminal, and the part of the documentation that the bench writes. */
import { renderTable } from '../../../cli/table.js';
import type { Language } from '../docs.js';
import type { Conditions } from './conditions.js';
import { type Goal, goalsOf } from './goals.js';
import { type CaseResult, type Row, rate } from './row.js';

export interface Report {
  readonly conditions: Conditions;
  readonly cases: readonly CaseResult[];
  readonly goals: readonly Goal[];
}

const heads = {
  en: {
    hosts: [
      'collected by',
      'at once',
      'hosts',
      'seconds',
      'hosts a minute',
      'CPU ms a host',
      'peak MiB',
      'target CPU ms a host',
      'p99 / max ms',
    ],
    objects: ['walked by', 'objects', 'seconds', 'objects a second', 'CPU s', 'peak MiB', 'agent CPU s'],
  },
  ja: {
    hosts: [
      '収集したもの',
      '同時数',
      'ホスト',
      '秒',
      'ホスト/分',
      'CPU ms/ホスト',
      '最大 MiB',
      '対象側 CPU ms/ホスト',
      'p99 / 最大 ms',
    ],
    objects: ['読み出したもの', 'オブジェクト', '秒', 'オブジェクト/秒', 'CPU 秒', '最大 MiB', 'エージェント側 CPU 秒'],
  },
};
const goalHeads = { en: ['goal', 'measured', 'met'], ja: ['目標', '測定値', '達成'] };
const words = { en: { yes: 'yes', no: 'no', open: 'open' }, ja: { yes: '達成', no: '未達', open: '不明' } };

export function forTerminal({ cases, goals, conditions }: Report): string {
  const parts = cases.flatMap((it) => [
    `\n${it.title}`,
    renderTable(
      heads.en[it.unit].map((title) => ({ title })),
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
      heads[language][it.unit],
      it.rows.map((row) => cells(it, row)),
    ),
    markdown(
      goalHeads[language],
      goalsOf(it).map((goal) => goalCells(goal, language)),
    ),
  ]);
  return [line(conditions), ...parts].join('\n\n');
}

function cells({ unit }: CaseResult, row: Row): string[] {
  const { contender, atOnce, amount, done, seconds, cpuSeconds, peakMiB, targetCpuSeconds, own, fault } = row;
  const share = done === amount ? String(done) : `${done} of ${amount}`;
  const time = fault ?? seconds.toFixed(2);
  if (unit === 'objects')
    return [
      ...[contender, share, time, Math.round(rate(row)).toLocaleString('en')],
      ...[cpuSeconds.toFixed(2), peakMiB.toFixed(0), targetCpuSeconds.toFixed(2)],
    ];
  const each = (total: number) => (done === 0 ? '' : ((total * 1000) / done).toFixed(0));
  return [
    ...[contender, String(atOnce), share, time, (rate(row) * 60).toFixed(0)],
    ...[each(cpuSeconds), peakMiB.toFixed(0), each(targetCpuSeconds)],
    own === undefined ? '' : `${own.eventLoop.p99Ms.toFixed(1)} / ${own.eventLoop.maxMs.toFixed(0)}`,
  ];
}

function goalCells({ goal, measured, met }: Goal, language: Language): string[] {
  const word = words[language];
  return [goal, measured, met === undefined ? word.open : met ? word.yes : word.no];
}

function line({ kernel, cores, processor, node, peers, loadBefore }: Conditions): string {
  const named = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  const load = `load ${loadBefore.toFixed(1)} before the first case`;
  return [`Linux ${kernel}`, `${cores} × ${processor}`, `Node.js ${node}`, ...named, load].join(' · ');
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}
