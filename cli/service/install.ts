/** `ksocket service install`: account, rights, description and the manager's knowledge of it; safe to repeat while it runs. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../core/contract/index.js';
import { readIfThere } from '../../core/runtime/index.js';
import { Checklist, type Step } from '../checklist.js';
import { type CommonOptions, type Context, UsageError } from '../context.js';
import { say } from '../language.js';
import { ensureAccount, findAccount, isAccountName, serviceAccount } from './account.js';
import { installed } from './control.js';
import { type Machine, machineOf } from './machine.js';
import { handOver } from './ownership.js';
import { ended, requirePrivilege } from './report.js';
import { readUnit } from './systemd-unit.js';
import { type Unreadable, unreadable } from './unreadable.js';
import { windowsRunner } from './windows.js';

interface InstallOptions extends CommonOptions {
  readonly user?: string | undefined;
}

export async function install(context: Context, argv: InstallOptions, given?: Machine): Promise<number> {
  if (argv.user !== undefined && !isAccountName(argv.user))
    throw new UsageError(`--user: ${argv.user} is no user name`);
  const machine = given ?? (await machineOf(context.env));
  requirePrivilege(machine);
  const { backend, kind } = machine;
  const name = argv.user ?? (await formerAccount(machine)) ?? serviceAccount;
  const checklist = new Checklist(context, argv);
  const steps: Step[] = [
    { title: 'Check if ksocket runner exists', run: () => checkRunner(machine) },
    ...(backend.file === undefined
      ? []
      : [
          {
            title: 'Create a service file',
            async run() {
              // The file names the account's group, and an account that cannot be had is no reason to leave a file.
              if (kind !== 'windows') await ensureAccount(machine.run, name);
              await backend.describe(name);
              return { detail: backend.file };
            },
          },
        ]),
    {
      title: 'Install the service',
      async run() {
        const account = kind === 'windows' ? undefined : await findAccount(machine.run, name);
        if (account !== undefined) await handOver(machine.run, machine.home.directory, account);
        await backend.install();
        return undefined;
      },
    },
    { title: 'Get status of the service', run: async () => void (await installed(backend)) },
    { title: 'Restart the service', run: async () => void (await backend.restart()) },
  ];
  await checklist.block(steps);
  const found = await findings(context, machine, name);
  return ended(context, argv, checklist, { unreadable: found });
}

/** Who installs again, such as the installer over an older version, keeps what was decided the first time. */
async function formerAccount({ backend: { file }, kind }: Machine): Promise<string | undefined> {
  if (kind !== 'systemd' || file === undefined) return undefined;
  const text = await readIfThere(file);
  return text === undefined ? undefined : readUnit(text).account;
}

/** @throws Failure E_INPUT */
async function checkRunner({ home, kind }: Machine): Promise<undefined> {
  const runner = kind === 'windows' ? windowsRunner(home.directory) : join(home.directory, 'bin', 'ksocket');
  await access(runner, constants.X_OK).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'does not exist' : `may not be run (${error.code})`;
    throw failure('E_INPUT', `${runner} ${why}`, {
      remedy: 'install ksocket with ksinstall; the service runs an installation, no source checkout',
    });
  });
  return undefined;
}

async function findings(context: Context, machine: Machine, name: string): Promise<Unreadable[]> {
  const account = machine.kind === 'windows' ? undefined : await findAccount(machine.run, name);
  if (account === undefined) return [];
  const { home, kind, operatorHome } = machine;
  const found = await unreadable({
    home,
    account,
    sandboxed: kind === 'systemd',
    operatorHome,
    language: context.language,
  });
  if (found.length === 0) return found;
  const todo = say(context.language, ['what to do', '対処']);
  const lines = found.map(({ path, reason, remedy }) => `  ${path}: ${reason}\n    ${todo}: ${remedy}\n`);
  const title = say(context.language, ['The service will not reach:', 'サービスからアクセスできないファイル:']);
  // Not among the steps, which scripts read.
  context.stderr.write(`\n${title}\n${lines.join('')}`);
  return found;
}
