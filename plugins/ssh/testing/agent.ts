/** What the tests of this plug-in say again and again: an agent with this one plug-in, and what it must get or must not. */
import assert from 'node:assert/strict';
import {
  type Clock,
  Failure,
  type FailureCode,
  type Finding,
  type Section,
  type SectionData,
  type SectionName,
  type Session,
} from 'ksocket/plugin';
import { type TestCallOptions, type TestHost, testCall, testHost } from 'ksocket/testing';
import plugin from '../index.js';

export const target = { address: '127.0.0.1', own: false };

export type Input = Record<string, unknown>;

export function agent(lent: { readonly clock?: Clock } = {}) {
  const host: TestHost<unknown> = { ...testHost({}), ...lent };
  const parts = plugin.setup(host);
  const logs: string[][] = [];
  const findings: Finding[] = [];
  return {
    host,
    logs,
    /** Of all calls. */
    findings,
    hostKeys: parts.hostKeys ?? assert.fail('it keeps host keys'),
    open(input: Input, options: TestCallOptions = {}): Promise<Session> {
      const call = testCall({ ...options, findings });
      logs.push(call.log.lines);
      return parts.open(target, credentialOf(input), call);
    },
  };
}

export function credentialOf(input: Input) {
  const result = plugin.credential['~standard'].validate(input);
  if (result instanceof Promise || result.issues) throw new Error(JSON.stringify(result));
  return result.value;
}

/** Opens and closes; what matters is that it could be opened. */
export async function getsIn(input: Input, directory = '.'): Promise<void> {
  await (await agent().open(input, { directory })).close();
}

/** The failure of something that must not succeed, without the secrets that were used. */
export async function failureOf(
  work: Promise<unknown>,
  code: FailureCode,
  secrets: readonly string[] = [],
): Promise<Failure> {
  const error = await work.then(
    () => assert.fail('must not succeed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Failure, String(error));
  assert.equal(error.code, code, `${error.message} ${String(error.cause)}`);
  const causes = [error.message, error.stack, error.remedy, String(error.cause), (error.cause as Error)?.stack].join(
    '\n',
  );
  for (const secret of secrets) assert.ok(!causes.includes(secret));
  return error;
}

export async function eventually(condition: () => boolean): Promise<void> {
  const limit = performance.now() + 5000;
  while (!condition()) {
    assert.ok(performance.now() < limit, 'not in five seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function quietly(run: () => string): string {
  try {
    return run();
  } catch {
    return '';
  }
}

export async function all(session: Session): Promise<Section[]> {
  const sections: Section[] = [];
  for await (const it of session.inspect()) if ('name' in it) sections.push(it);
  return sections;
}

export async function sectionOf<N extends SectionName>(session: Session, name: N): Promise<SectionData[N]> {
  const found = (await all(session)).find((it) => it.name === name);
  return (found?.data ?? assert.fail(`no section ${name}`)) as SectionData[N];
}
