/** winston's logger, loaded with the first line: most commands have nothing to log, and winston is seventy files. */
import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';
import type Winston from 'winston';
import type { LogLevel, LogRecord } from './record.js';

/** winston's order: the most severe is 0. */
const levels = { CRITICAL: 0, ERROR: 1, WARNING: 2, INFO: 3, DEBUG: 4 } as const satisfies Record<LogLevel, number>;

export interface Lines {
  write(record: LogRecord): void;
  close(): void;
}

/** @param sink gets each line, with its end; it stays open */
export function linesInto(sink: Writable, level: LogLevel, line: (record: LogRecord) => string): Lines {
  let logger: Winston.Logger | undefined;
  const start = () => {
    // By require, which answers at once, as whoever logs expects.
    const winston = createRequire(import.meta.url)('winston') as typeof Winston;
    return winston.createLogger({
      levels,
      level,
      format: winston.format.printf((info) => line(info as unknown as LogRecord)),
      transports: [new winston.transports.Stream({ stream: sink, eol: '\n' })],
    });
  };
  return {
    write(record) {
      logger ??= start();
      logger.log(record);
    },
    close: () => logger?.close(),
  };
}
