/** Object identifiers as dotted text without a leading dot, which is how the library gives them. */

/**
 * Order of two OIDs: negative, zero or positive, by their sub-identifiers as numbers. It scans text, because every varbind
 * of every walk passes here.
 */
export function compareOids(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === a.length && at === b.length) return 0;
  const from = at === 0 ? 0 : a.lastIndexOf('.', at - 1) + 1;
  const left = subIdentifierEnd(a, from) - from;
  const right = subIdentifierEnd(b, from) - from;
  // No leading zeros: of two numbers the one with more digits is greater.
  if (left !== right) return left - right;
  if (at < from + left) return a.charCodeAt(at) - b.charCodeAt(at);
  return a.length - b.length;
}

function subIdentifierEnd(oid: string, from: number): number {
  const dot = oid.indexOf('.', from);
  return dot < 0 ? oid.length : dot;
}

/** The part of `oid` below `column`, such as a table row’s index; undefined when it is not below it. */
export function indexBelow(column: string, oid: string): string | undefined {
  return oid.length > column.length + 1 && oid.charCodeAt(column.length) === 46 && oid.startsWith(column)
    ? oid.slice(column.length + 1)
    : undefined;
}

/** The sub-identifiers of an index. */
export function subIdentifiers(index: string): number[] {
  return index.split('.').map(Number);
}
