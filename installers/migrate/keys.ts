/** Key files that a credential file names: where they are, and where they will be. */
import { isAbsolute, join, relative, resolve } from 'node:path';
import { isInside } from './source.js';

export interface NamedKey {
  /** As written in the file. */
  readonly written: string;
  /** Where that is, in the old installation. */
  readonly path: string;
  /** Below the new etc/ksocket, when it comes along. */
  readonly goesTo: string | undefined;
  /** The file has to say something else now. */
  readonly rewritten: string | undefined;
}

/** Every `filename` in it, at whatever depth: `account.clientKeys[].filename` today. */
export function keyNames(data: unknown): string[] {
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) =>
    key === 'filename' && typeof value === 'string' ? [value] : keyNames(value),
  );
}

/**
 * @param file the old credential file
 * @param toEtc the new etc/ksocket
 * @param newFile where the credential file goes; a relative name counts from its folder
 */
export function namedKey(written: string, file: string, etc: string, newFile: string, toEtc: string): NamedKey {
  const path = resolve(join(file, '..'), written);
  if (!isInside(path, etc)) return { written, path, goesTo: undefined, rewritten: undefined };
  const goesTo = join(toEtc, relative(etc, path));
  const stillFound = !isAbsolute(written) && resolve(join(newFile, '..'), written) === goesTo;
  return { written, path, goesTo, rewritten: stillFound ? undefined : goesTo };
}

/** The text with one file name replaced by another, in whatever quotes it stands. */
export function rewrite(text: string, written: string, now: string): string {
  const inner = (it: string) => JSON.stringify(it).slice(1, -1);
  const quoted = text.replaceAll(`"${inner(written)}"`, () => `"${inner(now)}"`);
  return quoted
    .replaceAll(`'${written}'`, () => `'${now}'`)
    .replace(
      new RegExp(`(filename:\\s+)${written.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?=\\s*(?:#|$))`, 'gm'),
      (_, key: string) => `${key}${JSON.stringify(now)}`,
    );
}
