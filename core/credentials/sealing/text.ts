/** The text of a credential file with its secrets encrypted, or in clear: comments and layout stay. */
import { isDeepStrictEqual } from 'node:util';
import { parseDocument, replaceStrings, type StringChange, validate } from '../../config/index.js';
import { type Collector, failure, type Random } from '../../contract/index.js';
import { scopeOf } from '../scope.js';
import { bindingOf, type Path, sealedIn, secretsIn, unsealed } from './fields.js';
import type { Keyring } from './keyring.js';
import { isSealed, seal } from './seal.js';

export interface SealParts {
  readonly collector: Collector;
  readonly keyring: Keyring;
  readonly random: Random;
}

export interface Changed {
  readonly text: string;
  /** How many secrets are written otherwise now. */
  readonly count: number;
  /** Lines whose comment says in clear text what is encrypted. */
  readonly linesInClear: readonly number[];
}

/** A shorter one stands anywhere by chance. */
const shortest = 4;

/**
 * Encrypts every field that the collector's schema makes a secret.
 * @param anew also what is encrypted already, with the first key
 * @throws Failure E_INPUT for a file that is wrong, E_CREDENTIAL for a secret that does not decrypt
 */
export async function sealText(path: string, text: string, parts: SealParts, anew = false): Promise<Changed> {
  const { clear, written, binding } = await read(path, text, parts);
  const secrets = secretsIn(validate(parts.collector.credential, clear, path));
  // What is not a secret must not look like one: it would be taken for one when it is read.
  const strange = sealedIn(clear)[0];
  if (strange !== undefined)
    throw failure('E_INPUT', `${path}: ${strange.path.join('.')} begins like something encrypted`);
  const changes: StringChange[] = [];
  for (const { path: at, value } of secrets) {
    const now = valueAt(written, at);
    if (typeof now !== 'string' || (isSealed(now) && !anew)) continue;
    const key = await parts.keyring.first(parts.random);
    changes.push({ path: at, from: now, to: seal(value, key, binding(at), parts.random) });
  }
  const after = await proved(path, text, changes, parts, clear);
  const values = secrets.map((it) => it.value).filter((it) => it.length >= shortest);
  const lines = after.text.split('\n').entries();
  const linesInClear = [...lines].flatMap(([i, line]) =>
    values.some((it) => commentIn(line).includes(it)) ? [i + 1] : [],
  );
  return { ...after, linesInClear };
}

/** What may be one: a `#` may stand in a text, too. */
const commentIn = (line: string): string => line.slice(line.indexOf('#') < 0 ? line.length : line.indexOf('#'));

/** @throws Failure E_INPUT, E_CREDENTIAL */
export async function unsealText(path: string, text: string, parts: SealParts): Promise<Changed> {
  const { clear, written } = await read(path, text, parts);
  const changes = sealedIn(written).map(({ path: at, value }) => ({
    ...{ path: at, from: value, to: String(valueAt(clear, at)) },
  }));
  return proved(path, text, changes, parts, clear);
}

async function read(path: string, text: string, { collector, keyring }: SealParts) {
  const { scope, fields: written } = scopeOf(parseDocument(text, path), path, collector);
  const binding = (at: Path) => bindingOf(collector.name, scope, at);
  return { written, binding, clear: await unsealed(written, { path, keyring, binding }) };
}

/** Nothing is written that does not say the same as before. */
async function proved(
  path: string,
  text: string,
  changes: readonly StringChange[],
  parts: SealParts,
  clear: unknown,
): Promise<Changed> {
  if (changes.length === 0) return { text, count: 0, linesInClear: [] };
  const after = replaceStrings(path, text, changes);
  const now = (await read(path, after, parts)).clear;
  if (!isDeepStrictEqual(plain(now), plain(clear))) throw failure('E_PLUGIN', `${path} would not say the same`);
  return { text: after, count: changes.length, linesInClear: [] };
}

const plain = (data: unknown): unknown => JSON.parse(JSON.stringify(data));

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string | number, unknown> | undefined)?.[key], data);
}
