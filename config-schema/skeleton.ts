/**
 * The example of a credential file (`999-example.toml.skeleton`), from its schema: what must be there stands there with an example,
 * what may be there stands behind a #. Copied and filled in, it is a file that works.
 */
import { z } from 'zod';
import { tomlValue } from './generate.js';

interface Field {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly inner: z.ZodType;
  readonly required: boolean;
}

/** @param usual full names of optional fields that are shown as set: `account.password` */
export function skeletonToml(schema: z.ZodObject, heading: readonly string[], usual: readonly string[]): string {
  const lines = heading.map((line) => (line.startsWith(':') ? `#${line}` : `# ${line}`));
  return `${[...lines, ...table(schema, '', usual, true)].join('\n')}\n`;
}

/** Plain values of a table first, the tables inside it after them: TOML has no way back into a table. */
function table(schema: z.ZodObject, path: string, usual: readonly string[], set: boolean): string[] {
  const fields = fieldsOf(schema);
  const lines: string[] = [];
  for (const field of fields.filter((it) => tableIn(it) === undefined)) {
    const isSet = set && (field.required || usual.includes(path + field.name));
    lines.push('', ...comment(field), `${isSet ? '' : '#'}${field.name} = ${value(field)}`);
  }
  for (const field of fields) {
    const inside = tableIn(field);
    if (inside === undefined) continue;
    const isSet = set && field.required;
    const [open, close] = inside.many ? ['[[', ']]'] : ['[', ']'];
    lines.push('', ...comment(field), `${isSet ? '' : '#'}${open}${path}${field.name}${close}`);
    lines.push(...table(inside.schema, `${path}${field.name}.`, usual, isSet));
  }
  return lines;
}

function fieldsOf(schema: z.ZodObject): Field[] {
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => {
    let inner = field;
    while (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional) inner = inner.unwrap() as z.ZodType;
    return { name, schema: field, inner, required: inner === field };
  });
}

function tableIn({ inner }: Field): { schema: z.ZodObject; many: boolean } | undefined {
  if (inner instanceof z.ZodObject) return { schema: inner, many: false };
  if (inner instanceof z.ZodArray && inner.element instanceof z.ZodObject) return { schema: inner.element, many: true };
  return undefined;
}

function comment({ schema, inner }: Field): string[] {
  const sentence = schema.meta()?.description ?? inner.meta()?.description ?? '';
  const choices = inner instanceof z.ZodEnum ? ` (${inner.options.join(', ')})` : '';
  return sentence === '' ? [] : [`# ${sentence}${choices}`];
}

function value({ schema, inner }: Field): string {
  const meta = schema.meta() ?? inner.meta();
  const [example] = (meta?.examples as unknown[] | undefined) ?? [];
  const shown = example ?? (schema instanceof z.ZodDefault ? schema.parse(undefined) : '…');
  if (Array.isArray(shown)) return `[${shown.map((it) => tomlValue(it)).join(', ')}]`;
  return tomlValue(shown, inner instanceof z.ZodNumber && !inner.isInt);
}
