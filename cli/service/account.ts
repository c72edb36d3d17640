/**
 * The system account of the service. Whether we made it stands in the account itself (its comment), so that uninstall never removes
 * one that somebody else made, whatever became of the files of the installation.
 */
import { failure } from '../../core/contract/index.js';
import { isAbsent, mustRun, type RunProgram } from './programs.js';

export const serviceAccount = 'ksocket';
const comment = 'Fixpoint ksocket service';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Name of its own group. */
  readonly group: string;
  /** All its groups. */
  readonly groups: readonly number[];
  readonly ours: boolean;
}

/** One that may stand in a command line and in a unit. */
export const isAccountName = (name: string): boolean => /^[a-z_][a-z0-9_.-]{0,30}$/i.test(name);

export async function findAccount(run: RunProgram, name: string): Promise<Account | undefined> {
  const line = (await run('getent', ['passwd', name])).stdout.split('\n')[0] ?? '';
  const [found, , uid, gid, gecos] = line.split(':');
  if (found !== name || uid === undefined || gid === undefined) return undefined;
  const [group = gid] = (await run('getent', ['group', gid])).stdout.split(':');
  const groups = (await run('id', ['-G', name])).stdout.trim().split(/\s+/).map(Number);
  return { name, uid: Number(uid), gid: Number(gid), group, groups: [Number(gid), ...groups], ours: gecos === comment };
}

/** @throws Failure E_INPUT when there is no such account and none can be made */
export async function ensureAccount(run: RunProgram, name: string): Promise<Account> {
  const found = await findAccount(run, name);
  if (found !== undefined) return found;
  if (name !== serviceAccount)
    throw failure('E_INPUT', `there is no user ${name}`, { remedy: 'make the account, or leave --user out' });
  await make(run);
  const made = await findAccount(run, name);
  if (made === undefined) throw failure('E_INPUT', `the user ${name} was made, but getent does not know it`);
  return made;
}

async function make(run: RunProgram): Promise<void> {
  const hasGroup = (await run('getent', ['group', serviceAccount])).code === 0;
  const options = ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  const group = hasGroup ? ['--gid', serviceAccount] : ['--user-group'];
  const said = await run('useradd', [...options, '--comment', comment, ...group, serviceAccount]);
  if (said.code === 0) return;
  if (!isAbsent(said))
    throw failure('E_INPUT', `useradd ${serviceAccount}: ${said.stderr.trim()}`, { remedy: ownRemedy });
  // BusyBox, as on Alpine.
  if (!hasGroup) await mustRun(run, 'addgroup', ['-S', serviceAccount], ownRemedy);
  await mustRun(
    run,
    'adduser',
    [
      '-S',
      '-D',
      '-H',
      '-h',
      '/nonexistent',
      '-s',
      '/sbin/nologin',
      '-g',
      comment,
      '-G',
      serviceAccount,
      serviceAccount,
    ],
    ownRemedy,
  );
}

const ownRemedy = 'make a system user yourself and name it with --user, or use --user root';

/** @returns whether there was one of ours. @throws Failure E_INPUT when it cannot be removed */
export async function removeAccount(run: RunProgram): Promise<boolean> {
  const account = await findAccount(run, serviceAccount);
  if (!account?.ours) return false;
  const said = await run('userdel', [serviceAccount]);
  if (isAbsent(said)) await mustRun(run, 'deluser', [serviceAccount]);
  else if (said.code !== 0) throw failure('E_INPUT', `userdel ${serviceAccount}: ${said.stderr.trim()}`);
  // Most systems remove the group with its user.
  if ((await run('getent', ['group', serviceAccount])).code !== 0) return true;
  const removed = await run('groupdel', [serviceAccount]);
  if (isAbsent(removed)) await run('delgroup', [serviceAccount]);
  return true;
}
