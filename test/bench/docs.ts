/** Puts the figures of a run between the two marks of docs/LANGUAGE/NAME.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Language = 'en' | 'ja';

const end = '<!-- end of the figures -->';
const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * @param name of the file
 * @param bench as `npm run bench -- BENCH` calls it
 * @throws when a mark is missing
 */
export function writeDocs(name: string, bench: string, figures: (language: Language) => string): void {
  const begin = `<!-- npm run bench -- ${bench} --write-docs -->`;
  for (const language of ['en', 'ja'] as const satisfies Language[]) {
    const file = `${root}docs/${language}/${name}.md`;
    const text = readFileSync(file, 'utf8');
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${file} has no place for the figures: ${begin} … ${end}`);
    writeFileSync(file, `${text.slice(0, from + begin.length)}\n\n${figures(language)}\n\n${text.slice(to)}`);
  }
}
