/** Puts the figures of a run between the two marks of docs/LANGUAGE/discovery.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { forDocs, type Language, type Report } from './report.js';

const marks = ['<!-- npm run bench -- discovery --write-docs -->', '<!-- end of the figures -->'] as const;
const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** @throws when a mark is missing */
export function writeDocs(report: Report): void {
  for (const language of ['en', 'ja'] as const satisfies Language[]) {
    const file = `${root}docs/${language}/discovery.md`;
    const text = readFileSync(file, 'utf8');
    const [from, to] = marks.map((mark) => text.indexOf(mark)) as [number, number];
    if (from < 0 || to < from) throw new Error(`${file} has no place for the figures: ${marks.join(' … ')}`);
    const head = text.slice(0, from + marks[0].length);
    writeFileSync(file, `${head}\n\n${forDocs(report, language)}\n\n${text.slice(to)}`);
  }
}
