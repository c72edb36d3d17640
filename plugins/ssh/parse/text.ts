/** The small shapes that Unix tools print: lines, `key: value`, `path:value` of `grep -H`, and what counts as nothing. */

export function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n');
}

/** Words between blanks. `split` with a pattern that cannot backtrack. */
export function wordsOf(line: string): string[] {
  return line.split(/[ \t]+/).filter((word) => word !== '');
}

/** `Model name:  AMD EPYC` and `hw.ncpu: 4`; the first one of each key. */
export function keyValues(text: string, separator = ':'): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of linesOf(text)) {
    const at = line.indexOf(separator);
    if (at <= 0) continue;
    const key = line.slice(0, at).trim();
    if (!values.has(key)) values.set(key, line.slice(at + separator.length).trim());
  }
  return values;
}

/** Lines of `grep -H`, `path:line`, as the lines of each path. */
export function fileLines(text: string): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const line of linesOf(text)) {
    const at = line.indexOf(':');
    if (at <= 0) continue;
    const path = line.slice(0, at);
    const value = line.slice(at + 1);
    const lines = files.get(path);
    if (lines) lines.push(value);
    else files.set(path, [value]);
  }
  return files;
}

/** The same for `grep -H` over a folder of folders: `eth0/mtu:1500` as the values of each entry, one line a file. */
export function folderValues(text: string): Map<string, Map<string, string>> {
  const entries = new Map<string, Map<string, string>>();
  for (const [path, lines] of fileLines(text)) {
    const slash = path.indexOf('/');
    if (slash <= 0) continue;
    const name = path.slice(0, slash);
    const values = entries.get(name) ?? new Map<string, string>();
    values.set(path.slice(slash + 1), lines.join('\n').trim());
    entries.set(name, values);
  }
  return entries;
}

/** A non-negative whole number that JavaScript holds exactly, or undefined. */
export function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Seconds since 1970 as `2026-03-01T09:00:00Z`, or undefined for a time that JavaScript cannot hold. */
export function timeOf(seconds: number): string | undefined {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** undefined for an absent or blank text. */
export function given(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** The object without its undefined values, or undefined when nothing is left. A field that was not read is absent. */
export function present<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } | undefined {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return entries.length === 0
    ? undefined
    : (Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> });
}
