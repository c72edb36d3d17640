/**
 * Merging readings of one section. Parts of one reading (same collector, same address) are concatenated; different readings
 * complete each other: the one with more facts comes first, the others fill what it left open. An absent value never
 * overwrites a known one, and a list is taken whole from one reading, since two views of one list would double its rows.
 */
type Data = Record<string, unknown>;

const isObject = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Joins two parts of one reading: lists are appended, objects joined, a later scalar wins. */
export function joinParts(first: Data, second: Data): Data {
  const out: Data = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const known = out[key];
    if (Array.isArray(known) && Array.isArray(value)) out[key] = [...known, ...value];
    else if (isObject(known) && isObject(value)) out[key] = joinParts(known, value);
    else if (value !== undefined && value !== null) out[key] = value;
  }
  return out;
}

/**
 * Fills what `known` leaves open from `other`. Two objects that contradict each other in a value (a product of SMBIOS and one
 * of ENTITY-MIB) are two views and are not mixed: the one with more facts stands whole.
 */
export function fill(known: Data, other: Data): Data {
  const out: Data = { ...known };
  for (const [key, value] of Object.entries(other)) {
    const mine = out[key];
    if (mine === undefined || mine === null || (Array.isArray(mine) && mine.length === 0)) out[key] = value;
    else if (isObject(mine) && isObject(value)) {
      if (!contradict(mine, value)) out[key] = fill(mine, value);
      else if (facts(value) > facts(mine)) out[key] = value;
    }
  }
  return out;
}

const contradict = (a: Data, b: Data): boolean =>
  Object.entries(b).some(([key, value]) => {
    const mine = a[key];
    return mine !== undefined && mine !== null && value !== null && typeof mine !== 'object' && mine !== value;
  });

/** How many facts a value holds. */
export function facts(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + facts(item), 0);
  if (isObject(value)) return Object.values(value).reduce<number>((sum, item) => sum + facts(item), 0);
  return value === undefined || value === null ? 0 : 1;
}
