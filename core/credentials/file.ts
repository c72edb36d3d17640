/** One credential file, from the disk to what a collector understands. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseDocument, validate } from '../config/index.js';
import { AddressSet, type Collector, type Failure, failure } from '../contract/index.js';
import { type Redactor, readText } from '../runtime/index.js';
import { checkMode } from './permissions.js';
import { type Scope, scopeOf } from './scope.js';
import { bindingOf, type Path, unsealed } from './sealing/fields.js';
import type { Keyring } from './sealing/keyring.js';

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
  /** Without it a file with encrypted secrets cannot be used. */
  readonly keyring: Keyring | undefined;
}

/** @param name as `CredentialFile.name`. @throws Failure E_INPUT, E_CREDENTIAL */
export async function readCredentialFile(path: string, name: string, parts: FileParts): Promise<CredentialFile> {
  const { collector, redactor, groups, keyring } = parts;
  await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw failure('E_INPUT', `${path} cannot be read: ${cause.code}`, {
      cause,
      remedy: `see where it leads, if it is a link: ls -ld ${path}`,
    });
  });
  const text = await readText(path, undefined, (it) => checkMode(path, it, groups));
  const data = parseDocument(text, path);
  const { scope, fields } = scopeOf(data, path, collector);
  const binding = (at: Path) => bindingOf(collector.name, scope, at);
  const credential = validate(collector.credential, await unsealed(fields, { path, keyring, binding }), path);
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
