/** Turns the first issue of a schema into the one sentence that an operator reads: path, what is wrong, what to write. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { removed, renamed } from './legacy.js';
import { nearest } from './nearest.js';

type Issue = StandardSchemaV1.Issue & { code?: string; keys?: string[]; expected?: string; values?: unknown[] };

const pathOf = (issue: Issue): string =>
  (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');

/**
 * @param known full names that exist, for the nearest one
 * @param data what the issues are about: of a name without a value nothing is told
 * @returns e.g. `connect.prot: unknown setting; did you mean connect.port?`
 */
export function complaint(
  issues: readonly StandardSchemaV1.Issue[],
  known: Iterable<string> = [],
  data?: unknown,
): string {
  const issue = issues[0] as Issue | undefined;
  if (issue === undefined) return 'not valid';
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys' && issue.keys?.[0] !== undefined) {
    const name = path === '' ? issue.keys[0] : `${path}.${issue.keys[0]}`;
    return valueAt(data, [...(issue.path ?? []), issue.keys[0]]) === null
      ? unknownWord(path)
      : unknownName(name, known);
  }
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}

const valueAt = (data: unknown, path: NonNullable<Issue['path']>): unknown =>
  path.reduce<unknown>(
    (it, part) => (it as Record<PropertyKey, unknown> | null | undefined)?.[typeof part === 'object' ? part.key : part],
    data,
  );

/**
 * For a name that has no value, which YAML allows: after `{password, s3cret}` or `password: s3,cret` it is the value.
 * @param table that it stands in; '' for the document
 */
export const unknownWord = (table: string): string =>
  `${table === '' ? '' : `${table}: `}a word that is no name and has no value stands here; a value with a comma in it needs quotes`;

/** Letters of names. After `password:s3cret`, where YAML wants a blank, the name is also the value. */
const nameLetters = /^[\p{L}\p{N}_.-]{0,100}/u;

/** What may be told of a name that somebody wrote: none of what may be a value. */
function tellable(written: string): string {
  const name = nameLetters.exec(written)?.[0] ?? '';
  return name === written ? name : `${name}…`;
}

/** @returns a sentence that begins with as much of the name as may be told, and a colon */
export function unknownName(name: string, known: Iterable<string>): string {
  const now = Object.hasOwn(renamed, name) ? renamed[name] : undefined;
  if (now !== undefined) return `${name}: this setting is now called ${now}`;
  const gone = Object.hasOwn(removed, name) ? removed[name] : undefined;
  if (gone !== undefined) return `${name}: this setting is gone; ${gone}`;
  const told = tellable(name);
  const meant = nearest(told.replace(/…$/, ''), known);
  return `${told}: unknown name${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}
