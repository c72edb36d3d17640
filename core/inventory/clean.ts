/**
 * Text from a target is data, not layout: control characters become visible escapes, lengths are capped. Applied once, where
 * a plug-in's result enters the core.
 */

/** Longest text kept in a field. sysDescr may have 255 characters, a package version far fewer; certificates do not come this way. */
const maxText = 4096;
/** Deepest nesting that any section has, with room. */
const maxDepth = 12;
/** Longest list kept in one section: more than any package database or FDB that was measured. */
const maxItems = 200_000;

const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

export interface Cleaned {
  readonly value: unknown;
  /** True when anything was cut. */
  readonly cut: boolean;
}

export function cleanText(text: string): string {
  const trimmed = text.length > maxText ? text.slice(0, maxText) : text;
  return trimmed
    .replace(control, (c) => (c === '\n' || c === '\t' ? ' ' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`))
    .trim();
}

/** Cleans a value made of plain objects, arrays, strings, numbers and booleans; nulls and anything else disappear. */
export function clean(input: unknown): Cleaned {
  let cut = false;
  const visit = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') {
      if (value.length > maxText) cut = true;
      return cleanText(value);
    }
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth >= maxDepth) {
      cut = true;
      return undefined;
    }
    if (Array.isArray(value)) {
      if (value.length > maxItems) cut = true;
      return value
        .slice(0, maxItems)
        .map((item) => visit(item, depth + 1))
        .filter((item) => item !== undefined);
    }
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      const kept = visit(item, depth + 1);
      // An empty text says nothing that an absent field does not.
      if (kept !== undefined && kept !== '') out[cleanText(key)] = kept;
    }
    return out;
  };
  return { value: visit(input, 0), cut };
}
