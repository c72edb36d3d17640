/** A space in a folder of its own, with a slot, a token and a network, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testClock, testLogger, testRandom } from '../../test/kit/index.js';
import { type OpenSpace, openSpace } from '../open.js';
import { type RunningSpace, type ServeOptions, serveSpace } from '../serve.js';

export interface TestSpace {
  readonly directory: string;
  readonly space: RunningSpace;
  readonly url: string;
  readonly cli: OpenSpace;
  readonly token: string;
  readonly slotId: string;
  readonly networkId: string;
  readonly log: ReturnType<typeof testLogger>;
  /** Asks the REST interface with the admin key. */
  api(path: string, init?: { method?: string; body?: unknown; headers?: Record<string, string> }): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
  readonly json: any;
}

export const adminKey = 'ka1_test-key';
export const ports = { clock: testClock, random: testRandom };

export async function startSpace(options: Partial<ServeOptions> = {}): Promise<TestSpace> {
  const directory = await mkdtemp(join(tmpdir(), 'ksocket-space-'));
  const log = testLogger();
  const space = await serveSpace({ directory, port: 0, log, ...ports, adminKey, ...options });
  const cli = await openSpace(directory, ports);
  const { id: slotId } = await cli.addSlot('office');
  const { token } = await cli.issueToken('office');
  const { id: networkId } = await cli.addNetwork('main', 'office', { start: ['192.0.2.0/24'] });
  return {
    directory,
    space,
    url: space.url,
    cli,
    token,
    slotId,
    networkId,
    log,
    api: (path, init = {}) => ask(space.url + path, { 'x-authorization': `Token ${adminKey}` }, init),
    close: async () => {
      await cli.close();
      await space.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export async function ask(
  url: string,
  headers: Record<string, string>,
  init: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { method = 'GET', body } = init;
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...init.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: answer.status, headers: answer.headers, text, json };
}

/** Waits until a condition holds, asking often; fails after `ms`. */
export async function until<T>(condition: () => Promise<T | undefined | false>, ms = 5000): Promise<T> {
  const end = testClock.monotonic() + ms;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (testClock.monotonic() > end) throw new Error('the condition did not come true');
    await testClock.sleep(20);
  }
}
