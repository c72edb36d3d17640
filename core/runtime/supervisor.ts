/**
 * What a service manager of systemd's kind is told of this process: ready, what it is doing, still turning. It is fed only while
 * the loop that does the work keeps its own word: each turn says within which time the next one comes, and when that time has passed
 * without a turn nothing more is fed, however well timers still fire. A stopped event loop feeds nothing either.
 */
import type { Clock } from '../contract/index.js';
import type { NotifySocket } from './notify-socket.js';

export interface Supervisor {
  /** The loop turns, and will again within this time. The first turn makes the service ready. */
  turning(withinSeconds: number): void;
  /** One line for people: `systemctl status` shows it. */
  status(text: string): void;
  /** The clean end begins; it is not watched any more. */
  ending(): void;
  close(): void;
}

/** Beyond the promised time: closing a link that was broken off, and a busy machine. */
const graceMs = 30_000;
/** sd_watchdog_enabled(3) advises half of the time; a feed that is lost has another one behind it. */
const feedsAPeriod = 4;

const nobody: Supervisor = { turning() {}, status() {}, ending() {}, close() {} };

/**
 * Costs nothing and loads nothing where nobody listens (NOTIFY_SOCKET is not set). The variables are taken out of the environment, so
 * that no child speaks in our name.
 * @param warn hears why the service manager cannot be told
 */
export async function supervisorOf(
  env: NodeJS.ProcessEnv,
  clock: Clock,
  warn: (text: string) => void,
): Promise<Supervisor> {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: micros, WATCHDOG_PID: pid } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  if (address === undefined || address === '') return nobody;
  const watched = micros !== undefined && (pid === undefined || pid === String(process.pid));
  try {
    const { openNotifySocket } = await import('./notify-socket.js');
    return new Fed(await openNotifySocket(address), clock, watched ? Number(micros) / 1000 : undefined);
  } catch (error) {
    warn(`the service manager cannot be told that ksocket runs: ${error instanceof Error ? error.message : error}`);
    return nobody;
  }
}

export class Fed implements Supervisor {
  #due: number | undefined;
  #status = '';
  #takeBack: () => void = () => {};

  /** @param watchdogMs the service manager ends us when it hears nothing for so long; undefined when it does not watch */
  constructor(
    private readonly socket: NotifySocket,
    private readonly clock: Clock,
    private readonly watchdogMs: number | undefined,
  ) {}

  turning(withinSeconds: number): void {
    const first = this.#due === undefined;
    this.#due = this.clock.monotonic() + withinSeconds * 1000 + graceMs;
    if (!first) return;
    this.#feed();
  }

  status(text: string): void {
    // A line break would begin another assignment.
    this.#status = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
    this.#tell();
  }

  ending(): void {
    this.#takeBack();
    this.socket.send('STOPPING=1');
  }

  close(): void {
    this.#takeBack();
    this.socket.close();
  }

  #feed(): void {
    if (this.clock.monotonic() <= this.#due!) this.#tell('WATCHDOG=1');
    else this.socket.send('STATUS=the loop of the agent stands still');
    if (this.watchdogMs !== undefined)
      this.#takeBack = this.clock.after(this.watchdogMs / feedsAPeriod, () => this.#feed());
  }

  /** All that is known, each time: whatever datagram was lost, the next one makes up for it. */
  #tell(...more: string[]): void {
    const ready = this.#due === undefined ? [] : ['READY=1'];
    const status = this.#status === '' ? [] : [`STATUS=${this.#status}`];
    this.socket.send([...ready, ...status, ...more].join('\n'));
  }
}
