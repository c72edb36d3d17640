/** The outer world as arguments: time, chance and the log. Nothing else in Ksocket asks the system for them. */

export interface Clock {
  /** Wall-clock time, milliseconds since 1970-01-01T00:00Z. It may jump. */
  now(): number;
  /** Milliseconds that never run backwards, from an arbitrary start. */
  monotonic(): number;
  /** Calls `run` once after `ms`; the returned function takes it back and may be called at any time. */
  after(ms: number, run: () => void): () => void;
  /** Resolves after `ms`, or rejects at once with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** Bytes fit for keys and ids. */
  bytes(count: number): Buffer;
}

/** Fields go beside the message, never into it; a Secret among them prints as `[redacted]`. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
