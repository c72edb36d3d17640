/** Opens the collector against an agent on the loopback, and reads all of it. Tests only. */
import type { Neighbour, Section, Session, Sighting } from 'ksocket/plugin';
import { testCall, testHost } from 'ksocket/testing';
import { type Credential, credential } from '../credential.js';
import snmp from '../index.js';

export interface Login {
  readonly port: number;
  readonly community?: string;
  /** In place of the community name. */
  readonly authData?: Readonly<Record<string, unknown>>;
  /** Seconds. */
  readonly timeout?: number;
  readonly retries?: number;
  readonly retryInterval?: number;
  readonly signal?: AbortSignal;
}

export function login(it: Login): Credential {
  const { port, community = 'public', authData = { community }, timeout = 2, retries = 0, retryInterval = 0 } = it;
  return credential.parse({ port, timeout, retries, retryInterval, authData });
}

export function openSnmp(options: Login): Promise<Session> {
  const call = testCall(options.signal === undefined ? {} : { signal: options.signal });
  return snmp.setup(testHost({})).open({ address: '127.0.0.1', own: false }, login(options), call);
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

type Fields = Record<string, unknown>;

/** Everything an inspection yields, sections of one name merged: lists are joined, fields overwrite. */
export interface Inspection {
  readonly sections: Record<string, Fields>;
  readonly missing: { field: string; state: string; reason?: string | undefined }[];
}

export async function inspected(session: Session): Promise<Inspection> {
  const result: Inspection = { sections: {}, missing: [] };
  for await (const it of session.inspect() as AsyncIterable<Section | Sighting>) {
    if (!('name' in it)) throw new Error('this collector yields no sightings');
    result.missing.push(...(it.missing ?? []));
    const merged: Fields = result.sections[it.name] ?? {};
    result.sections[it.name] = merged;
    for (const [field, value] of Object.entries(it.data as Fields)) {
      const before = merged[field];
      merged[field] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
    }
  }
  return result;
}

/** Opens, asks for neighbours, inspects and closes, as the core does. */
export async function readAll(options: Login): Promise<Inspection & { readonly neighbours: Neighbour[] }> {
  const session = await openSnmp(options);
  try {
    const neighbours = await all(session.neighbours());
    return { neighbours, ...(await inspected(session)) };
  } finally {
    await session.close();
  }
}
