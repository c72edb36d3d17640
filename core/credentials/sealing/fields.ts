/** The secrets of a credential file: where they stand, encrypted or not. */
import { type AddressRange, Secret } from '../../contract/index.js';
import type { Keyring } from './keyring.js';
import { type Binding, isSealed, unseal } from './seal.js';

export type Path = readonly (string | number)[];

/** Deeper than any schema. */
const maxDepth = 16;

/** Every secret of what a collector's schema made of a file. */
export const secretsIn = (credential: unknown): { path: Path; value: string }[] =>
  leavesOf(credential).flatMap(({ path, value }) => (value instanceof Secret ? [{ path, value: value.reveal() }] : []));

export const sealedIn = (fields: unknown): { path: Path; value: string }[] =>
  leavesOf(fields).flatMap(({ path, value }) => (isSealed(value) ? [{ path, value }] : []));

export function bindingOf(
  collector: string,
  { includes, excludes }: { includes: readonly AddressRange[]; excludes: readonly AddressRange[] },
  path: Path,
): Binding {
  const texts = (ranges: readonly AddressRange[]) => ranges.map(({ text }) => text);
  return { collector, includes: texts(includes), excludes: texts(excludes), path };
}

/** The same fields in clear text. @throws Failure E_CREDENTIAL for one that does not decrypt */
export async function unsealed<T>(
  fields: T,
  about: { path: string; keyring: Keyring | undefined; binding(path: Path): Binding },
): Promise<T> {
  const sealed = sealedIn(fields);
  if (sealed.length === 0) return fields;
  const { keyring, path: file, binding } = about;
  const keys = (await keyring?.keys()) ?? [];
  const copy = structuredClone(fields);
  for (const { path, value } of sealed)
    put(copy, path, unseal(value, keys, binding(path), { path: file, keyFile: keyring?.file ?? 'the key' }));
  return copy;
}

function put(data: unknown, path: Path, value: string): void {
  const [last] = path.slice(-1);
  let at = data as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as typeof at;
  at[last!] = value;
}

function leavesOf(value: unknown, path: Path = []): { path: Path; value: unknown }[] {
  if (typeof value !== 'object' || value === null || value instanceof Secret) return [{ path, value }];
  if (path.length >= maxDepth) return [];
  return Array.isArray(value)
    ? value.flatMap((inner, i) => leavesOf(inner, [...path, i]))
    : Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}
