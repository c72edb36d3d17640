/** `ksocket diagnostics [CHECK]`: what an operator runs first when something does not work. */
import type { CommonOptions, Context } from '../context.js';
import { Examination } from './examination.js';

type Check = (examination: Examination) => Promise<unknown>;

const checks = {
  system: async (it) => (await import('./system.js')).system(it),
  config: async (it) => (await import('./config.js')).config(it),
  connect: async (it) => (await import('./connect.js')).connect(it),
  authenticate: async (it) => (await import('./authenticate.js')).authenticate(it),
  network: async (it) => (await import('./network.js')).network(it),
} satisfies Record<string, Check>;

export type CheckName = keyof typeof checks;

/** @returns the exit code: 1 when a check failed */
export async function diagnose(context: Context, options: CommonOptions, name: CheckName): Promise<number> {
  const examination = new Examination(context, options);
  await examination.check(name, checks[name]);
  return examination.end();
}

/** Without a name: the manual's three that occupy no slot. */
export async function diagnoseAll(context: Context, options: CommonOptions): Promise<number> {
  const examination = new Examination(context, options);
  await examination.check('system', checks.system);
  // Settings that cannot be read lead nowhere: the way to the space would only fail for the same reason.
  const settings = await examination.check('config', checks.config);
  if (settings || examination.knowsSettings) await examination.check('connect', checks.connect);
  return examination.end();
}

export async function diagnoseCredentials(
  context: Context,
  options: CommonOptions & { readonly address: string; readonly try: boolean },
): Promise<number> {
  const { credentials } = await import('./credentials.js');
  const examination = new Examination(context, options);
  await examination.check('credentials', (it) => credentials(it, options.address, options.try));
  return examination.end();
}
