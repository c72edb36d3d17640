/** `ksocket service …` of an installed version, as the installers call it: a program of its own, its lines passed on as they come. */
import { spawn } from 'node:child_process';
import { text as readAll } from 'node:stream/consumers';
import { failure } from '../core/contract/index.js';
import { programIn, type SlotName } from '../core/update/index.js';
import type { Layout } from './layout.js';

/** Its own runtime, without the launcher, which may belong to another version. */
export interface ServiceCall {
  readonly layout: Layout;
  readonly slot: SlotName;
  readonly arguments: readonly string[];
  /** Its lines go where ours go; otherwise they are the answer. */
  readonly show: boolean;
}

export interface ServiceAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Every secret of ours stays out of what the child inherits. */
const ours = /^KSOCKET_/;

export async function ksocketService(call: ServiceCall): Promise<ServiceAnswer> {
  const { node, main } = programIn(call.layout.place.slot(call.slot));
  const inherited = Object.entries(process.env).filter(([name]) => !ours.test(name));
  const child = spawn(node, [main, 'service', ...call.arguments], {
    stdio: call.show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), KSOCKET_HOME: call.layout.home },
    cwd: call.layout.home,
    windowsHide: true,
  });
  const code = new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (it) => resolve(it ?? 1));
  });
  const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map((it) => (it ? readAll(it) : '')));
  try {
    return { code: await code, stdout: stdout ?? '', stderr: stderr ?? '' };
  } catch (error) {
    throw failure('E_INPUT', `${node} cannot be run`, { cause: error, remedy: 'run ksinstall again' });
  }
}

/** missing, running, stopped or processing; undefined when it cannot be told. */
export async function serviceStatus(layout: Layout, slot: SlotName): Promise<string | undefined> {
  const { code, stdout } = await ksocketService({ layout, slot, arguments: ['status'], show: false });
  const word = stdout.trim();
  return code === 0 || word !== '' ? word : undefined;
}
