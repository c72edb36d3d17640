/** `ksocket service status`, `start`, `stop` and `restart`. */
import { failure } from '../../core/contract/index.js';
import { Checklist, type Step } from '../checklist.js';
import type { CommonOptions, Context } from '../context.js';
import type { Backend, ServiceState } from './backend.js';
import { type Machine, machineOf } from './machine.js';
import { ended, requirePrivilege } from './report.js';

export async function status(context: Context, argv: CommonOptions, machine?: Machine): Promise<number> {
  const { backend } = machine ?? (await machineOf(context.env));
  const state = await backend.state();
  context.stdout.write(argv.json ? `${JSON.stringify({ status: state })}\n` : `${state}\n`);
  return 0;
}

export const start = (context: Context, argv: CommonOptions, machine?: Machine): Promise<number> =>
  change(context, argv, machine, 'Start the service', async (backend, state) => {
    if (state === 'running') return { skipped: true };
    await backend.start();
    return undefined;
  });

export const stop = (context: Context, argv: CommonOptions, machine?: Machine): Promise<number> =>
  change(context, argv, machine, 'Stop the service', async (backend, state) => {
    if (state === 'stopped') return { skipped: true };
    await backend.stop();
    return undefined;
  });

export const restart = (context: Context, argv: CommonOptions, machine?: Machine): Promise<number> =>
  change(context, argv, machine, 'Restart the service', async (backend) => {
    await backend.restart();
    return undefined;
  });

async function change(
  context: Context,
  argv: CommonOptions,
  given: Machine | undefined,
  title: string,
  work: (backend: Backend, state: ServiceState) => ReturnType<Step['run']>,
): Promise<number> {
  const machine = given ?? (await machineOf(context.env));
  requirePrivilege(machine);
  const checklist = new Checklist(context, argv);
  let state: ServiceState = 'missing';
  await checklist.block([
    {
      title: 'Get status of the service',
      async run() {
        state = await installed(machine.backend);
        return undefined;
      },
    },
    { title, run: () => work(machine.backend, state) },
  ]);
  return ended(context, argv, checklist);
}

/** @throws Failure E_INPUT when there is no service */
export async function installed(backend: Backend): Promise<ServiceState> {
  const state = await backend.state();
  if (state === 'missing')
    throw failure('E_INPUT', 'the service is not installed', { remedy: 'ksocket service install' });
  return state;
}
