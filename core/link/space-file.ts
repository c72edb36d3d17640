/** One file of the space, by the same way as the session: proxy, authorities, pins, token. Nothing but the space itself is asked. */
import { type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Clock, type Failure, failure, type Secret, sentenceOf } from '../contract/index.js';
import { dial, type Route } from './dial.js';
import { bareHost, hostPort, LinkFault, portOf } from './fault.js';

export interface SpaceFileOptions extends Route {
  /** The end point of the agents; files lie beside it. */
  readonly url: URL;
  readonly token: Secret;
  readonly agent: string;
  readonly clock: Clock;
  /** Seconds until the answer begins, and between two pieces of it. */
  readonly timeout: number;
}

/** Stops when nothing comes for too long; whoever reads it must end or destroy it. */
export interface SpaceFile {
  readonly length: number | undefined;
  readonly body: AsyncIterable<Buffer>;
}

/** `updates/3.1.0/linux-x86_64` beside `/api/ksocket/connect`, also where a reverse proxy put something before it. */
export function besideEndpoint(url: URL, path: string): URL {
  const beside = new URL(url);
  beside.pathname = beside.pathname.endsWith('/connect')
    ? `${beside.pathname.slice(0, -'connect'.length)}${path}`
    : `/api/ksocket/${path}`;
  return beside;
}

/** @returns undefined when the space does not have it (404). @throws Failure E_UNREACHABLE, E_LOGIN, E_PROTOCOL, E_CANCELLED */
export async function openSpaceFile(
  path: string,
  options: SpaceFileOptions,
  signal: AbortSignal,
): Promise<SpaceFile | undefined> {
  const url = besideEndpoint(options.url, path);
  const place = `get ${url.pathname} from ${url.host}`;
  const quiet = new Quiet(options.clock, options.timeout * 1000);
  const stop = AbortSignal.any([signal, quiet.signal]);
  let stream: Duplex | undefined;
  try {
    const waiting = (reason: string): void => {
      quiet.reason = reason;
    };
    stream = await dial(url, options, stop, { waiting });
    const answer = await ask(stream, url, options, stop);
    const status = answer.statusCode ?? 0;
    if (status !== 200) {
      stream.destroy();
      quiet.end();
      if (status === 404) return undefined;
      throw status === 401 || status === 403
        ? failure('E_LOGIN', place, { remedy: 'check connect.token' })
        : failure('E_PROTOCOL', `${place}: HTTP ${status}`);
    }
    const length = /^\d{1,15}$/.test(answer.headers['content-length'] ?? '')
      ? Number(answer.headers['content-length'])
      : undefined;
    return { length, body: pieces(answer, stream, quiet, place, signal) };
  } catch (error) {
    stream?.destroy();
    quiet.end();
    throw fault(error, place, quiet, signal);
  }
}

function ask(
  stream: Duplex,
  url: URL,
  { token, agent }: SpaceFileOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({
      path: url.pathname,
      createConnection: () => stream,
      signal,
      headers: {
        host: hostPort(bareHost(url), portOf(url)),
        authorization: `Bearer ${token.reveal()}`,
        'user-agent': agent,
        connection: 'close',
      },
    });
    asked.once('response', resolve).once('error', reject).end();
  });
}

async function* pieces(
  answer: IncomingMessage,
  stream: Duplex,
  quiet: Quiet,
  place: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    for await (const piece of answer) {
      quiet.heard();
      yield piece as Buffer;
    }
  } catch (error) {
    throw fault(error, place, quiet, signal);
  } finally {
    quiet.end();
    stream.destroy();
  }
}

function fault(error: unknown, place: string, quiet: Quiet, signal: AbortSignal): Failure | unknown {
  if (signal.aborted) return failure('E_CANCELLED', place, { cause: error });
  if (quiet.signal.aborted) return failure('E_TIMEOUT', quiet.reason ?? place, { cause: error });
  if (error instanceof LinkFault) return failure('E_UNREACHABLE', error.reason, { cause: error });
  const known = error instanceof Error && error.name === 'Failure';
  return known ? error : failure('E_RESET', `${place}: ${sentenceOf(error)}`, { cause: error });
}

/** Aborts when nothing was heard for too long. */
class Quiet {
  /** What is waited for. */
  reason: string | undefined;
  readonly #abort = new AbortController();
  #takeBack: () => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly ms: number,
  ) {
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  heard(): void {
    this.#takeBack();
    this.#takeBack = this.clock.after(this.ms, () => this.#abort.abort());
  }

  end(): void {
    this.#takeBack();
  }
}
