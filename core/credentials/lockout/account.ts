/**
 * Which account a login is counted against. A name in domain form (`CORP\john`, `john@corp.example`) is one account wherever it is
 * used; a plain one is another account on each host, unless its file says `accountScope = "domain"`.
 */
import { type Address, Secret } from '../../contract/index.js';
import type { CredentialFile } from '../file.js';

export interface Account {
  /** The same for every file and host that means the same account. */
  readonly id: string;
  /** For people. */
  readonly shown: string;
  /** The secrets that stand beside the name: a refusal of them counts. Those of key files stand deeper, and do not. */
  readonly secrets: readonly Secret[];
}

/** Where collectors have their names. SNMP's users are others than those of the operating system. */
const tables = ['account', 'authData'] as const;

type Named = Pick<CredentialFile, 'credential' | 'accountScope'>;

/** Undefined without a name, or without a secret that a host could count as wrong. */
export function accountOf(file: Named, address: Address): Account | undefined {
  const it = nameIn(file);
  if (it === undefined) return undefined;
  const { table, username, domain, secrets } = it;
  const { accountScope } = file;
  const place = domain ?? (accountScope === 'domain' ? [username] : [username, address]);
  const shown = domain === undefined && accountScope === 'host' ? `${username} at ${address}` : username;
  return { id: JSON.stringify([table, domain === undefined ? accountScope : 'domain', ...place]), shown, secrets };
}

/**
 * A plain name's account on a host that has proved which it is, whatever its address. Undefined for a name that is one account on all hosts.
 */
export function accountAtHost(file: Named, host: string): Account | undefined {
  const it = nameIn(file);
  if (it === undefined || it.domain !== undefined || file.accountScope === 'domain') return undefined;
  const { table, username, secrets } = it;
  return {
    id: JSON.stringify([table, 'host key', username, host]),
    shown: `${username} at the host of ${host}`,
    secrets,
  };
}

function nameIn({ credential }: Named) {
  for (const table of tables) {
    const it = (credential as Record<string, unknown> | null)?.[table];
    if (typeof it !== 'object' || it === null) continue;
    const { username } = it as { username?: unknown };
    const secrets = Object.values(it).filter((value): value is Secret => value instanceof Secret);
    if (typeof username !== 'string' || secrets.length === 0) continue;
    return { table, username, domain: domainOf(username), secrets };
  }
  return undefined;
}

/**
 * User and domain, without letter case, as Windows compares them. The short name of a domain is nearly always the first label of its
 * long one, and both forms of a name are nearly always one account: where they are not, two accounts are spared as one.
 */
function domainOf(username: string): [user: string, domain: string] | undefined {
  const lower = username.toLowerCase();
  const slash = lower.indexOf('\\');
  if (slash > 0) return [lower.slice(slash + 1), label(lower.slice(0, slash))];
  const at = lower.lastIndexOf('@');
  return at > 0 ? [lower.slice(0, at), label(lower.slice(at + 1))] : undefined;
}

const label = (domain: string): string => domain.split('.', 1)[0] ?? domain;
