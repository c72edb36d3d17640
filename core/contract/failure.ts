/**
 * Every way in which Ksocket's work can fail, in one closed table. A plug-in throws `failure('E_TIMEOUT', 'connect to
 * 10.0.0.1:22')`; whatever else it throws is wrapped as E_PLUGIN at the border, with its cause in the log only.
 */

interface FailureKind {
  /** Can asking the same thing again, later, help? */
  readonly again: boolean;
  /** What happened, as the start of a sentence that ends with the place: "timed out: connect to 10.0.0.1:22". */
  readonly says: string;
}

export const failureTable = {
  E_UNREACHABLE: { again: true, says: 'no route or no answer' },
  E_REFUSED: { again: true, says: 'connection refused' },
  E_RESET: { again: true, says: 'the peer closed the connection' },
  E_TIMEOUT: { again: true, says: 'timed out' },
  // A password, a community or another secret was sent and refused: it counts against the account.
  E_LOGIN: { again: false, says: 'login refused' },
  // No secret was refused: the peer takes none of the keys, or asks for something that the credential file does not have.
  E_LOGIN_METHOD: { again: false, says: 'no accepted way to log in' },
  E_HOST_KEY: { again: false, says: 'host key not accepted' },
  E_LOCKOUT: { again: true, says: 'account spared after refusals' },
  E_CREDENTIAL: { again: false, says: 'credential file not usable' },
  E_NO_CREDENTIAL: { again: false, says: 'no credential file matches' },
  E_TUNNEL: { again: true, says: 'tunnel not usable' },
  E_POLICY: { again: false, says: 'not permitted by the local policy' },
  E_PRIVILEGE: { again: false, says: 'missing privilege' },
  E_UNSUPPORTED: { again: false, says: 'not supported' },
  E_PROTOCOL: { again: false, says: 'not understood' },
  E_LIMIT: { again: false, says: 'too much data' },
  // What is wrong with an input is a sentence of its own.
  E_INPUT: { again: false, says: '' },
  E_CANCELLED: { again: true, says: 'cancelled' },
  E_EXPIRED: { again: true, says: 'time limit reached' },
  E_BUSY: { again: true, says: 'too many open operations' },
  E_STORAGE: { again: true, says: 'storage failed' },
  E_CRASHED: { again: true, says: 'the agent ended during the run' },
  E_FORGOTTEN: { again: false, says: 'settled before' },
  // What is wrong with an update is a sentence of its own.
  E_UPDATE: { again: false, says: '' },
  E_PLUGIN: { again: false, says: 'fault in a plug-in' },
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof failureTable;

/** One failure: a code of the table, and the verb and address it concerns (`log in to 10.0.0.1 as john`). */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly code: FailureCode,
    /** Verb and place, never a secret. */
    readonly place: string,
    options?: { cause?: unknown; remedy?: string | undefined },
  ) {
    const { says } = failureTable[code];
    super(
      says === '' ? place : `${says}: ${place}`,
      options?.cause === undefined ? undefined : { cause: options.cause },
    );
    this.remedy = options?.remedy;
  }

  /** What the operator can do about it, when that is known. */
  readonly remedy: string | undefined;

  /** What happened and what to do about it, as one sentence. */
  get sentence(): string {
    return this.remedy === undefined ? this.message : `${this.message}; ${this.remedy}`;
  }

  get again(): boolean {
    return failureTable[this.code].again;
  }
}

export function failure(
  code: FailureCode,
  place: string,
  options?: { cause?: unknown; remedy?: string | undefined },
): Failure {
  return new Failure(code, place, options);
}

/** Errors of Node's sockets, by `code`, as failures; anything not listed is not a socket's error. */
const socketErrors: Record<string, FailureCode> = {
  ECONNREFUSED: 'E_REFUSED',
  ECONNRESET: 'E_RESET',
  EPIPE: 'E_RESET',
  ETIMEDOUT: 'E_TIMEOUT',
  EHOSTUNREACH: 'E_UNREACHABLE',
  ENETUNREACH: 'E_UNREACHABLE',
  EHOSTDOWN: 'E_UNREACHABLE',
  EADDRNOTAVAIL: 'E_UNREACHABLE',
  EACCES: 'E_PRIVILEGE',
  EPERM: 'E_PRIVILEGE',
};

/** Turns whatever was thrown into a Failure; one that already is one passes unchanged. */
export function asFailure(error: unknown, place: string): Failure {
  if (error instanceof Failure) return error;
  const code = (error as { code?: unknown } | null)?.code;
  const known = typeof code === 'string' ? socketErrors[code] : undefined;
  return new Failure(known ?? 'E_PLUGIN', place, { cause: error });
}

/** What any error says to an operator. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Failure) return error.sentence;
  return error instanceof Error ? error.message : String(error);
}
