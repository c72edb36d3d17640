/** Nodes as people and programs read them: a table with the reasons below it, JSON, JSON lines, CSV in the vendor's columns. */
import type { NodeDocument } from '../core/inventory/index.js';
import type { ScanRecordOf } from '../core/wire/index.js';
import { type Language, say } from './language.js';
import { renderTable } from './table.js';

export type Format = 'table' | 'json' | 'ndjson' | 'csv';

export interface ScanReport {
  readonly nodes: readonly NodeDocument[];
  readonly summary: ScanRecordOf<'summary'> | undefined;
  readonly findings: readonly ScanRecordOf<'finding'>[];
  readonly cancelled: boolean;
}

export function renderReport(report: ScanReport, format: Format, language: Language, width: number): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify({ nodes: report.nodes, counts: report.summary?.counts, findings: report.findings, complete: !report.cancelled }, null, 2)}\n`;
    case 'ndjson':
      return report.nodes.map((node) => `${JSON.stringify(node)}\n`).join('');
    case 'csv':
      return csvOf(report.nodes);
    case 'table':
      return `${nodeTable(report.nodes, language, width)}\n${reasons(report, language)}`;
  }
}

export function nodeTable(nodes: readonly NodeDocument[], language: Language, width: number): string {
  const columns = [
    { title: say(language, ['ADDRESS', 'アドレス']) },
    { title: say(language, ['NAME', '名前']), flexible: true },
    { title: say(language, ['TYPE', '種類']) },
    { title: say(language, ['SYSTEM', 'システム']), flexible: true },
    { title: say(language, ['HARDWARE', 'ハードウェア']), flexible: true },
    { title: say(language, ['CPU', 'CPU']) },
    { title: say(language, ['MEMORY', 'メモリー']) },
    { title: say(language, ['PACKAGES', 'パッケージ']) },
    { title: say(language, ['COLLECTED BY', '収集方法']) },
  ];
  const rows = nodes.map((node) => {
    const { os, hardware } = node.sections;
    const { cpu, memory, product } = hardware ?? {};
    const more = node.addresses.length - 1;
    return [
      `${node.addresses[0]?.addr ?? '-'}${more > 0 ? ` (+${more})` : ''}`,
      node.displayName === node.addresses[0]?.addr ? '-' : node.displayName,
      hardware?.deviceTypes?.[0] ?? '-',
      [os?.name ?? os?.family, os?.version].filter(Boolean).join(' ') || '-',
      [product?.vendor, product?.name ?? product?.model].filter(Boolean).join(' ') || macVendor(node) || '-',
      cpu?.threads === undefined ? '-' : String(cpu.threads),
      memory?.totalKiB === undefined ? '-' : sizeOf(memory.totalKiB),
      node.numberOfPackages === 0 ? '-' : String(node.numberOfPackages),
      collectorsOf(node).join(', ') || '-',
    ];
  });
  return renderTable(columns, rows, width);
}

/** The maker of the network interface, marked as such: it is not the maker of the machine. */
function macVendor(node: NodeDocument): string | undefined {
  const name = node.addresses.find((a) => a.extraFields.macaddr)?.extraFields.macaddr?.organizationName;
  return name === undefined ? undefined : `(${name})`;
}

export const collectorsOf = (node: NodeDocument): string[] => [
  ...new Set(node.outcomes.filter((o) => o.result === 'ok' || o.result === 'partial').map((o) => o.collector)),
];

export function sizeOf(kib: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = kib;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** What was not possible, and why. Reasons that many nodes share are one line. */
export function reasons(report: ScanReport, language: Language): string {
  const { nodes, summary, findings, cancelled } = report;
  const counts = summary?.counts;
  const lines = [
    say(language, [
      `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}${counts ? `; ${counts.probed} addresses looked at, ${counts.alive} alive, ${counts.entered} entered, ${counts.collected} collected` : ''}`,
      `ノード ${nodes.length} 台${counts ? `（確認 ${counts.probed} アドレス、応答 ${counts.alive}、ログイン ${counts.entered}、収集 ${counts.collected}）` : ''}`,
    ]),
  ];
  if (cancelled)
    lines.push(
      say(language, [
        'Cancelled: this is what was found until then.',
        '中断されました。ここまでに見つかったものを表示しています。',
      ]),
    );
  const shared = new Map<string, string[]>();
  for (const outcome of nodes.flatMap((n) => n.outcomes)) {
    if (outcome.result === 'ok' || outcome.code === undefined) continue;
    const text =
      outcome.code === 'E_NO_CREDENTIAL'
        ? `${outcome.collector}: ${say(language, ['no credential file matches', '一致する接続情報ファイルがない'])}`
        : // Without its address a reason is the same for every host that has it.
          `${outcome.collector}: ${(outcome.reason ?? outcome.code).replaceAll(outcome.address, '…')}`;
    shared.set(text, [...(shared.get(text) ?? []), outcome.address]);
  }
  const missing = [...shared].map(
    ([text, addresses]) =>
      `  ${text} — ${addresses.slice(0, 8).join(', ')}${addresses.length > 8 ? ` (+${addresses.length - 8})` : ''}`,
  );
  if (missing.length > 0)
    lines.push(say(language, ['Not possible because:', '次の理由で取得できなかったもの:']), ...missing);
  const notes = [...new Set([...findings.map((f) => f.text), ...(summary?.notes ?? [])])];
  lines.push(...notes.map((note) => `${say(language, ['Note', '注意'])}: ${note}`));
  return `${lines.join('\n')}\n`;
}

/** The vendor's export columns, in its order (single scan: no ids of a space). Several values are a JSON array in one cell. */
const csvColumns: readonly (readonly [string, (node: NodeDocument) => unknown])[] = [
  ['displayName', (n) => n.displayName],
  ['hostName', (n) => n.addresses.flatMap((a) => a.hostnames.map((h) => h.hostname))],
  ['ipAddress', (n) => n.addresses.map((a) => a.addr)],
  ['subnet', (n) => n.addresses.map((a) => a.subnet)],
  ['macaddr', (n) => n.addresses.map((a) => a.macaddr)],
  ['vendor', (n) => n.addresses.map((a) => a.extraFields.macaddr?.organizationName)],
  ['internalIpAddress', (n) => n.interfaces.map((i) => i.addr)],
  ['internalSubnet', (n) => n.interfaces.map((i) => i.netmask)],
  ['internalMacaddr', (n) => n.interfaces.map((i) => i.macaddr)],
  ['internalIfname', (n) => n.interfaces.map((i) => i.ifname)],
  ['systemFamily', (n) => n.system.family],
  ['systemVersion', (n) => n.system.version],
  ['systemSerial', (n) => n.system.serial],
  ['kernelName', (n) => n.sections.os?.kernel?.name],
  ['kernelVersion', (n) => n.sections.os?.kernel?.version],
  ['kernelRelease', (n) => n.sections.os?.kernel?.release],
  ['biosVendorName', (n) => n.sections.hardware?.bios?.vendor],
  ['biosVersionNumber', (n) => n.sections.hardware?.bios?.version],
  ['motherboardVendorName', (n) => n.sections.hardware?.board?.vendor],
  ['motherboardModelNumber', (n) => n.sections.hardware?.board?.model],
  ['motherboardVersionNumber', (n) => n.sections.hardware?.board?.version],
  ['motherboardSerialNumber', (n) => n.sections.hardware?.board?.serial],
  ['productModelNumber', (n) => n.sections.hardware?.product?.model],
  ['productModelName', (n) => n.sections.hardware?.product?.name],
  ['productSerialNumber', (n) => n.sections.hardware?.product?.serial],
  ['productVersionNumber', (n) => n.sections.hardware?.product?.version],
  ['productFirmwareVersionNumber', (n) => n.sections.hardware?.product?.firmware],
  ['productVendorName', (n) => n.sections.hardware?.product?.vendor],
  ['cpuNumberOfSockets', (n) => n.sections.hardware?.cpu?.sockets],
  ['cpuNumberOfCores', (n) => n.sections.hardware?.cpu?.cores],
  ['cpuNumberOfProcessors', (n) => n.sections.hardware?.cpu?.threads],
  ['memoryTotalSize', (n) => n.sections.hardware?.memory?.totalKiB],
  ['storageNumberOfDrives', (n) => n.sections.hardware?.storage?.drives?.length],
  ['storageTotalSize', (n) => n.sections.hardware?.storage?.totalKiB],
  // Empty, not 0, where nobody could look.
  ['packagesTotal', (n) => (n.sections.software?.packages === undefined ? undefined : n.numberOfPackages)],
  ['windowsupdatesTotal', (n) => (n.sections.software?.updates === undefined ? undefined : n.numberOfWindowsUpdates)],
  ['updatedAt', (n) => n.updatedAt],
];

export function csvOf(nodes: readonly NodeDocument[]): string {
  const rows = nodes.map((node) => csvColumns.map(([, value]) => cell(value(node))).join(','));
  return `${[csvColumns.map(([name]) => name).join(','), ...rows].join('\r\n')}\r\n`;
}

/** RFC 4180, and no cell that a spreadsheet would run as a formula. */
function cell(value: unknown): string {
  const values = Array.isArray(value) ? [...new Set(value.filter((v) => v !== undefined))] : [value];
  const text = values.length > 1 ? JSON.stringify(values) : String(values[0] ?? '');
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
