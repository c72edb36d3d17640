/** The names that a credential file may have, so that a mistyped one is told with the one that was meant. */
import { z } from 'zod';
import { unknownName, unknownWord } from '../../config-schema/index.js';
import { failure, type Schema } from '../contract/index.js';

/** As much of JSON Schema as says which names an object may have. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: unknown;
  readonly items?: Shape;
}

/** Deeper than any schema; data is what somebody wrote. */
const maxDepth = 16;

/** Undefined for the schema of another library: it refuses unknown names in its own words. */
export function shapeOf(schema: Schema<unknown>): Shape | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape;
}

/** @throws Failure E_INPUT for the first name that the shape does not have */
export function refuseUnknownNames(shape: Shape, data: unknown, file: string): void {
  const strange = strangeName(shape, data, [], 0);
  if (strange === undefined) return;
  const { path, beside, value } = strange;
  const siblings = Object.keys(beside).map((name) => [...path.slice(0, -1), name].join('.'));
  // The right name in the wrong table is told with its table.
  const known = [...siblings, ...namesOf(shape)];
  const what = value === null ? unknownWord(path.slice(0, -1).join('.')) : unknownName(path.join('.'), known);
  throw failure('E_INPUT', `${file}: ${what}`, { remedy: `correct ${file}` });
}

interface Strange {
  readonly path: readonly string[];
  readonly beside: Readonly<Record<string, Shape>>;
  readonly value: unknown;
}

function strangeName(shape: Shape, data: unknown, path: readonly string[], depth: number): Strange | undefined {
  if (typeof data !== 'object' || data === null || depth > maxDepth) return undefined;
  const { properties, items, additionalProperties } = shape;
  for (const [key, value] of Object.entries(data)) {
    const at = [...path, key];
    const inner = Array.isArray(data)
      ? items
      : properties && Object.hasOwn(properties, key)
        ? properties[key]
        : undefined;
    if (inner === undefined) {
      if (Array.isArray(data) || properties === undefined || additionalProperties !== false) continue;
      return { path: at, beside: properties, value };
    }
    const found = strangeName(inner, value, at, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

const namesOf = ({ properties = {} }: Shape, above = ''): string[] =>
  Object.entries(properties).flatMap(([name, inner]) => [above + name, ...namesOf(inner, `${above}${name}.`)]);
