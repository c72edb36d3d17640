/** One credential file, from the disk to what a collector understands. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseDocument, validate } from '../config/index.js';
import { AddressSet, type Collector, type Failure } from '../contract/index.js';
import { type Redactor, readText } from '../runtime/index.js';
import { refuseUnknownNames, shapeOf } from './names.js';
import { checkMode } from './permissions.js';
import { type Scope, scopeSchema } from './scope.js';

export interface CredentialFile {
  /** Path below etc/ksocket/credentials: `ssh/00_common.toml`. */
  readonly name: string;
  /** Folder of the file, for the keys that it names. */
  readonly directory: string;
  readonly includes: AddressSet;
  readonly excludes: AddressSet;
  readonly accountScope: Scope['accountScope'];
  /** What the collector's schema made of the rest. */
  readonly credential: unknown;
  /** The rest as written: the core reads `port` and the tunnel field of other collectors here. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface BrokenFile {
  readonly name: string;
  readonly reason: string;
  /** The same, with its remedy apart. */
  readonly fault: Failure;
}

export interface FileParts {
  readonly collector: Collector;
  readonly redactor: Redactor;
  /** Groups that may read it. */
  readonly groups: ReadonlySet<number>;
}

/** @param name as `CredentialFile.name`. @throws Failure E_INPUT, E_CREDENTIAL */
export async function readCredentialFile(path: string, name: string, parts: FileParts): Promise<CredentialFile> {
  const { collector, redactor, groups } = parts;
  checkMode(path, await stat(path), groups);
  const data = parseDocument(await readText(path), path);
  const { scope, fields } = scopeOf(data, path, collector);
  const credential = validate(collector.credential, fields, path);
  redactor.addAll(credential);
  return {
    name,
    directory: dirname(path),
    includes: new AddressSet(scope.includes),
    excludes: new AddressSet(scope.excludes),
    accountScope: scope.accountScope,
    credential,
    fields,
  };
}

/**
 * Takes a file's data apart into what is the core's and what is the collector's.
 * @throws Failure E_INPUT with the path of what is wrong: a name that nobody knows, with the nearest one, or ranges that are none
 */
export function scopeOf(
  data: unknown,
  path: string,
  collector: Collector,
): { scope: Scope; fields: Record<string, unknown> } {
  const [own, theirs] = [shapeOf(scopeSchema), shapeOf(collector.credential)];
  if (theirs !== undefined)
    refuseUnknownNames({ ...theirs, properties: { ...own?.properties, ...theirs.properties } }, data, path);
  const { includes, excludes, accountScope, ...fields } = validate(scopeSchema, data, path);
  return { scope: { includes, excludes, accountScope }, fields };
}
