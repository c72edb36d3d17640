/** Where a scan writes its trail (core/inventory/trail.ts): one file a scan, the last few are kept. A disk that does not take it never disturbs the scan. */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../contract/index.js';
import type { TrailEvent } from '../inventory/index.js';
import { inFolder, makeFolder } from '../runtime/index.js';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;

/** A trail that was written to so lately may belong to a scan that runs, in this process or another. */
const youngMs = 600_000;
/** Enough for the networks of one agent to be scanned in turn; a /16 takes about 12 MiB. */
const mostTrails = 5;
const batchBytes = 64 * 1024;
/** A scan that says more than this has its later steps unexplained, and the disk its room. */
const mostBytes = 256 * 1024 * 1024;

export interface Trail {
  /** Undefined when nothing is written. */
  readonly name: string | undefined;
  say(event: TrailEvent): void;
  /** What was said is written without waiting for more. */
  flush(): void;
  close(): Promise<void>;
}

const noTrail: Trail = {
  name: undefined,
  say: () => undefined,
  flush: () => undefined,
  close: async () => undefined,
};

/** @param earlier name of a trail to go on with; otherwise a new one is begun. Never throws. */
export async function openTrail(directory: string, at: string, log: Logger, earlier?: string): Promise<Trail> {
  const name = earlier ?? `${at.replaceAll(/[:.]/g, '-')}-${process.pid}-${++trails}.ndjson`;
  try {
    await makeFolder(directory, 0o700);
    const file = await inFolder(directory, async (folder) => {
      const opened = await open(join(folder, name), O_APPEND | O_CREAT | O_WRONLY | (O_NOFOLLOW ?? 0), 0o600);
      await dropOlder(folder, name);
      return opened;
    });
    const trail = new FileTrail(name, file, log, (await file.stat()).size);
    // The crash may have cut its last line.
    if (earlier !== undefined) trail.beginLine();
    return trail;
  } catch (error) {
    log.warn('nothing is written down for ksocket explain', { reason: String(error) });
    return noTrail;
  }
}

/** Their names begin with the time. */
async function dropOlder(directory: string, current: string): Promise<void> {
  const names = (await readdir(directory)).filter((it) => it.endsWith('.ndjson') && it !== current).sort();
  for (const it of names.slice(0, Math.max(0, names.length - mostTrails + 1))) {
    const file = join(directory, it);
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > youngMs) await rm(file, { force: true });
  }
}

let trails = 0;

class FileTrail implements Trail {
  #lines: string[] = [];
  #waiting = 0;
  #writing: Promise<void> = Promise.resolve();
  #broken = false;

  constructor(
    readonly name: string,
    private readonly file: FileHandle,
    private readonly log: Logger,
    /** Bytes in the file and on the way there. */
    private written: number,
  ) {}

  beginLine(): void {
    this.#lines.push('\n');
  }

  say(event: TrailEvent): void {
    if (this.#broken) return;
    const line = `${JSON.stringify(event)}\n`;
    this.#lines.push(line);
    this.#waiting += line.length;
    if (this.#waiting >= batchBytes) this.flush();
  }

  async close(): Promise<void> {
    this.flush();
    await this.#writing;
    await this.file.close().catch(() => undefined);
  }

  flush(): void {
    const text = this.#lines.join('');
    this.#lines = [];
    this.#waiting = 0;
    this.written += text.length;
    if (text === '' || this.#broken) return;
    if (this.written > mostBytes) return this.#give('it would grow beyond 256 MiB');
    this.#writing = this.#writing.then(() =>
      this.file.write(text).then(
        () => undefined,
        (error: unknown) => this.#give(String(error)),
      ),
    );
  }

  #give(reason: string): void {
    if (this.#broken) return;
    this.#broken = true;
    this.log.warn('what follows is not written down for ksocket explain', { reason });
  }
}
