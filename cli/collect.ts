/** `ksocket collect ADDRESS`: everything that one host gives, and what is missing and why. */
import { assembleNodes, type NodeDocument } from '../core/inventory/index.js';
import type { ScanRecord } from '../core/wire/index.js';
import { readAddress } from './address.js';
import { scanAddress } from './address-scan.js';
import { prepare } from './agent.js';
import type { CommonOptions, Context } from './context.js';
import { type Language, say, type Text } from './language.js';
import { collectorsOf } from './nodes.js';
import { renderTable } from './table.js';

export async function collect(context: Context, argv: CommonOptions & { address: string }): Promise<number> {
  const address = readAddress(argv.address);
  const { options } = await prepare(context, argv, true);
  const records = await scanAddress(context, options, address, argv.json);
  const node = assembleNodes(records)[0];
  if (argv.json) {
    context.stdout.write(`${JSON.stringify(node ?? null, null, 2)}\n`);
  } else if (node === undefined) {
    context.stdout.write(`${say(context.language, wasAsked(records) ? silent(address) : notAsked(address))}\n`);
  } else context.stdout.write(renderNode(node, context.language));
  if (!argv.json)
    context.stdout.write(
      notesOf(records)
        .map((note) => `${note}\n`)
        .join(''),
    );
  return node !== undefined && collectorsOf(node).length > 0 ? 0 : 1;
}

const silent = (address: string): Text => [
  `${address} does not answer; that does not prove that nothing is there`,
  `${address} から応答がありません（存在しないとは限りません）`,
];
const notAsked = (address: string): Text => [`${address} was not asked:`, `${address} には問い合わせていません:`];

const wasAsked = (records: readonly ScanRecord[]) => records.some((r) => r.type === 'summary' && r.counts.probed > 0);

/** Broken credential files and whatever else the scan has to say. */
const notesOf = (records: readonly ScanRecord[]): string[] => [
  ...new Set(records.flatMap((r) => (r.type === 'finding' ? [r.text] : r.type === 'summary' ? r.notes : []))),
];

/** Sections as indented text; long lists of objects as tables. */
export function renderNode(node: NodeDocument, language: Language): string {
  const lines = [`${node.displayName}  ${node.addresses.map((a) => a.addr).join(', ')}`, ''];
  for (const [name, data] of Object.entries(node.sections)) lines.push(`[${name}]`, ...renderValue(data, 1), '');
  lines.push(say(language, ['[where this comes from]', '[情報の出どころ]']));
  for (const p of node.provenance) {
    lines.push(`  ${p.section}: ${p.collector}${p.credential ? ` (${p.credential})` : ''}, ${p.at}, ${p.state}`);
    for (const m of p.missing)
      lines.push(`    ${say(language, ['missing', '不足'])} ${m.field}: ${m.state}${m.reason ? `, ${m.reason}` : ''}`);
  }
  for (const o of node.outcomes) {
    if (o.result === 'ok') continue;
    lines.push(`  ${o.collector}: ${o.result}, ${o.reason ?? ''}${o.remedy ? `; ${o.remedy}` : ''}`);
    for (const t of o.tried ?? []) if (t.reason) lines.push(`    ${t.credential}: ${t.reason}`);
  }
  for (const line of node.history) lines.push(`  ${line}`);
  return `${lines.join('\n')}\n`;
}

function renderValue(value: unknown, depth: number): string[] {
  const indent = '  '.repeat(depth);
  if (Array.isArray(value)) {
    if (value.length === 0) return [];
    if (typeof value[0] !== 'object') return [`${indent}${value.join(', ')}`];
    const rows = value as Record<string, unknown>[];
    const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const table = renderTable(
      keys.map((title) => ({ title })),
      rows.map((row) => keys.map((key) => inline(row[key]))),
    );
    return table.split('\n').map((line) => indent + line);
  }
  return Object.entries(value as Record<string, unknown>).flatMap(([key, item]) => {
    if (typeof item !== 'object' || item === null) return [`${indent}${key}: ${item}`];
    return [`${indent}${key}:`, ...renderValue(item, depth + 1)];
  });
}

function inline(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(inline).join(' ');
  if (typeof value === 'object') return Object.values(value).map(inline).join('/');
  return String(value);
}
