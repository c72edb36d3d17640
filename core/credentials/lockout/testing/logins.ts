/** An installation with a guard of its own, and logins at hosts that answer at once. Tests only. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { seededRandom, testLogger, VirtualClock } from '../../../../test/kit/index.js';
import { AddressSet, type Failure, type FailureCode, failure, Secret } from '../../../contract/index.js';
import type { CredentialFile } from '../../file.js';
import { guardIn, type LockoutGuard, type Watch } from '../index.js';

export function fileOf(
  name: string,
  username: string,
  password: string | undefined,
  accountScope: CredentialFile['accountScope'] = 'host',
): CredentialFile {
  const credential = {
    account: { username, password: password === undefined ? undefined : new Secret(password), clientKeys: [] },
  };
  const ranges = new AddressSet([]);
  return { name, directory: '/', includes: ranges, excludes: ranges, accountScope, credential, fields: {} };
}

export interface Installation {
  readonly clock: VirtualClock;
  /** Where accounts are counted. */
  readonly folder: string;
  readonly log: ReturnType<typeof testLogger>;
  /** A process that begins. */
  start(): LockoutGuard;
}

export async function installation(t: TestContext): Promise<Installation> {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-lockout-'));
  t.after(() => rm(home, { recursive: true }));
  const folder = join(home, 'lockout');
  const clock = new VirtualClock();
  const log = testLogger();
  let lives = 0;
  return { clock, folder, log, start: () => guardIn(folder, { clock, log, random: seededRandom(++lives) }) };
}

const never = new AbortController().signal;

/** The failure with which one login ends; `host` is what has proved itself there. */
export async function loginOf(
  watch: Watch,
  file: CredentialFile,
  address: string,
  answer: 'in' | FailureCode,
  host?: string,
): Promise<Failure | undefined> {
  const login = watch.login('ssh', file, address);
  try {
    await login.opening(never);
    await login.beforeSecret(never, host);
  } catch (error) {
    await login.ended(error as Failure);
    return error as Failure;
  }
  const fault = answer === 'in' ? undefined : failure(answer, 'log in');
  await login.ended(fault);
  return fault;
}

/** The same, by its code. */
export async function logIn(
  watch: Watch,
  file: CredentialFile,
  address: string,
  answer: 'in' | FailureCode,
  host?: string,
): Promise<string> {
  return (await loginOf(watch, file, address, answer, host))?.code ?? 'in';
}
