/** Tables for people: columns as wide as their content, cut to the terminal, Japanese letters two cells wide. */
import stringWidth from 'string-width';

export interface Column {
  readonly title: string;
  /** A column that may be cut when the terminal is narrow; the others never are. */
  readonly flexible?: boolean;
}

/** Narrower than this a flexible column says nothing any more. */
const leastWidth = 8;

export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], width = 0): string {
  const widths = columns.map((column, i) =>
    Math.max(stringWidth(column.title), ...rows.map((row) => stringWidth(row[i] ?? ''))),
  );
  shrink(columns, widths, width);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => pad(cut(cell, widths[i]!), i === cells.length - 1 ? 0 : widths[i]!))
      .join('  ')
      .trimEnd();
  return [line(columns.map((c) => c.title)), line(widths.map((w) => '-'.repeat(w))), ...rows.map(line)].join('\n');
}

function shrink(columns: readonly Column[], widths: number[], width: number): void {
  if (width <= 0) return;
  for (;;) {
    const excess = widths.reduce((sum, w) => sum + w + 2, -2) - width;
    const widest = widths.reduce(
      (best, w, i) =>
        columns[i]?.flexible && w > leastWidth && w > (widths[best] ?? 0) * (columns[best]?.flexible ? 1 : 0)
          ? i
          : best,
      -1,
    );
    if (excess <= 0 || widest < 0) return;
    widths[widest] = Math.max(leastWidth, widths[widest]! - Math.min(excess, Math.max(1, Math.ceil(excess / 4))));
  }
}

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - stringWidth(text)));

function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let out = '';
  for (const letter of text) {
    if (stringWidth(out + letter) > width - 1) break;
    out += letter;
  }
  return `${out}…`;
}
