/** Whether two readings of a section say the same, without keeping both. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { measuredMark, type SectionName, sectionSchemas } from '../contract/index.js';

/** As much of JSON Schema as says what is a measurement. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly [measuredMark]?: boolean;
}

const shapes = new Map<string, Shape>();

/**
 * SHA-256, the first 32 hexadecimal digits, over the data as JSON, with the names in order and without measurements: it is another one
 * when somebody has changed something. Rows of a table have no order, which is their source's and often a kernel's hash; the order of
 * plain values, such as name servers, means something.
 */
export function contentHash(section: string, data: unknown): string {
  return createHash('sha256')
    .update(settled(data, shapeOf(section)))
    .digest('hex')
    .slice(0, 32);
}

function shapeOf(section: string): Shape | undefined {
  if (!Object.hasOwn(sectionSchemas, section)) return undefined;
  const shape = shapes.get(section) ?? (z.toJSONSchema(sectionSchemas[section as SectionName]) as Shape);
  shapes.set(section, shape);
  return shape;
}

function settled(value: unknown, shape: Shape | undefined): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) {
    const rows = value.map((it) => settled(it, shape?.items));
    if (value.some((it) => typeof it === 'object')) rows.sort();
    return `[${rows.join(',')}]`;
  }
  const known = shape?.properties ?? {};
  const fields = Object.entries(value).flatMap(([name, inner]) => {
    const about = Object.hasOwn(known, name) ? known[name] : undefined;
    if (inner === undefined || about?.[measuredMark]) return [];
    return [`${JSON.stringify(name)}:${settled(inner, about)}`];
  });
  return `{${fields.sort().join(',')}}`;
}
