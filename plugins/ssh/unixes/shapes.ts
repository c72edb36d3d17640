/** The shapes that several of these systems print: CSV of esxcli, sockets of netstat, services and packages in columns. */
import type { SectionData } from 'ksocket/plugin';
import { addressOf } from '../parse/addresses.js';
import { linesOf, wholeNumber, wordsOf } from '../parse/text.js';

export type Service = NonNullable<SectionData['software']['services']>[number];
export type Package = NonNullable<SectionData['software']['packages']>[number];
export type Container = NonNullable<SectionData['software']['containers']>[number];
export type Listener = NonNullable<SectionData['network']['listeners']>[number];
export type Drive = NonNullable<NonNullable<SectionData['hardware']['storage']>['drives']>[number];
export type Filesystem = NonNullable<NonNullable<SectionData['hardware']['storage']>['filesystems']>[number];

const maxRows = 65_536;

/** RFC 4180 with a head; esxcli ends every row with a comma. Each row as the values of its head’s names. */
export function csv(text: string): ReadonlyMap<string, string>[] {
  const [head, ...rows] = linesOf(text).slice(0, maxRows);
  if (head === undefined) return [];
  const names = fields(head);
  return rows
    .filter((row) => row.trim() !== '')
    .map((row) => {
      const values = fields(row);
      return new Map(names.flatMap((name, at) => (name === '' ? [] : [[name, values[at]?.trim() ?? ''] as const])));
    });
}

function fields(line: string): string[] {
  const found: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const char = line[at] as string;
    if (quoted && char === '"' && line[at + 1] === '"') {
      field += '"';
      at++;
    } else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      found.push(field);
      field = '';
    } else field += char;
  }
  found.push(field);
  return found;
}

/** `*.22`, `10.0.0.1.22`, `*:22`, `[::1]:25`: the BSDs and their heirs put the port behind a dot. */
export function endpoint(text: string | undefined, six: boolean): { address: string; port: number } | undefined {
  if (text === undefined) return undefined;
  const at = Math.max(text.lastIndexOf('.'), text.lastIndexOf(':'));
  const port = wholeNumber(text.slice(at + 1));
  const host = text.slice(0, Math.max(0, at)).replace(/^\[|\]$/g, '');
  const address = host === '*' || host === '' ? (six ? '::' : '0.0.0.0') : addressOf(host);
  return address === undefined || port === undefined || port > 65_535 ? undefined : { address, port };
}

/** Sockets that wait, of `netstat -an`: `tcp 0 0 *.22 *.* LISTEN`, Solaris without the protocol, UDP without a state. */
export function netstatListeners(text: string): Listener[] {
  const found = new Map<string, Listener>();
  for (const line of linesOf(text).slice(0, maxRows)) {
    const words = wordsOf(line);
    const first = words[0] ?? '';
    const named = /^(?:tcp|udp)[46]{0,2}$/.test(first);
    const protocol = first.startsWith('udp') ? 'udp' : 'tcp';
    if (protocol === 'tcp' && words.at(-1) !== 'LISTEN') continue;
    if (!named && protocol !== 'tcp') continue;
    const local = named ? words[3] : first;
    const remote = named ? words[4] : words[1];
    if (protocol === 'udp' && remote !== '*.*') continue;
    const it = endpoint(local, first.endsWith('6'));
    if (it) found.set(`${protocol} ${it.address} ${it.port}`, { protocol, ...it });
  }
  return [...found.values()];
}

/** A table whose rows wrap behind a long first column: the words of each row, joined again. */
export function wrappedRows(text: string, columns: number): string[][] {
  const rows: string[][] = [];
  let pending: string[] = [];
  for (const line of linesOf(text).slice(1, maxRows)) {
    pending = [...pending, ...wordsOf(line)];
    if (pending.length < columns) continue;
    rows.push(pending);
    pending = [];
  }
  return rows;
}

/** Seconds since 1970 as ISO 8601. */
export function epoch(text: string | undefined): string | undefined {
  const seconds = wholeNumber(text);
  if (seconds === undefined || seconds <= 0 || seconds > 32_503_680_000) return undefined;
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
