/**
 * Who is in a group, as far as this machine's own files say it (passwd(5), group(5)). Accounts of a directory service are not seen: a
 * group that is not here is unknown, not empty.
 */
import { readText } from '../runtime/index.js';

/** 100,000 accounts fit. */
const mostBytes = 16 * 1024 * 1024;

export interface Accounts {
  /** Users whose own group it is. */
  ofGroup(gid: number): number[];
  /** Users that the group lists; undefined for a group that is not here. An unknown name is a user that nobody is. */
  addedTo(gid: number): number[] | undefined;
}

export async function localAccounts(passwd = '/etc/passwd', group = '/etc/group'): Promise<Accounts> {
  const users = (await linesOf(passwd)).map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const groups = await linesOf(group);
  const uidOf = new Map(users.map(({ name, uid }) => [name, uid]));
  return {
    ofGroup: (gid) => users.filter((it) => it.gid === gid).map(({ uid }) => uid),
    addedTo(gid) {
      const found = groups.filter((it) => Number(it[2]) === gid);
      if (found.length === 0) return undefined;
      const names = found.flatMap(([, , , members = '']) => members.split(',').filter((it) => it !== ''));
      return names.map((name) => uidOf.get(name) ?? -1);
    },
  };
}

const linesOf = async (file: string): Promise<string[][]> =>
  (await readText(file, mostBytes).catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4);
