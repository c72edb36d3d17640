/** Upstart, through initctl. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../core/contract/index.js';
import { readIfThere, readText, writeAtomic } from '../../core/runtime/index.js';
import type { Backend, ServiceState } from './backend.js';
import { mustRun, type RunProgram, type Said } from './programs.js';
import { jobText } from './upstart-job.js';

const job = 'ksocket';

export interface UpstartParts {
  readonly run: RunProgram;
  readonly home: string;
  readonly settingsFile?: string | undefined;
  /** Folder of the jobs of this machine; another one only in tests. */
  readonly jobs?: string;
}

export class Upstart implements Backend {
  readonly file: string;
  readonly #installed: string;

  constructor(private readonly parts: UpstartParts) {
    this.file = join(parts.home, 'etc', 'init', `${job}.conf`);
    this.#installed = join(parts.jobs ?? '/etc/init', `${job}.conf`);
  }

  async describe(account: string): Promise<void> {
    const { home, settingsFile } = this.parts;
    await writeAtomic(this.file, jobText({ home, settingsFile, account }), 0o644);
  }

  /** Jobs begin at boot by their own `start on`; there is nothing to enable. */
  async install(): Promise<void> {
    await writeAtomic(this.#installed, await readText(this.file), 0o644);
    // Upstart watches the folder, where the kernel lets it.
    await mustRun(this.parts.run, 'initctl', ['reload-configuration']);
  }

  async uninstall(): Promise<void> {
    const text = await readIfThere(this.#installed);
    if (text !== undefined && text !== (await readIfThere(this.file))) {
      throw failure('E_INPUT', `${this.#installed} is not what this installation has written`, {
        remedy: 'remove it yourself if it is not needed, then: initctl reload-configuration',
      });
    }
    await rm(this.#installed, { force: true });
    await mustRun(this.parts.run, 'initctl', ['reload-configuration']);
  }

  async state(): Promise<ServiceState> {
    return readState(await this.parts.run('initctl', ['status', job]));
  }

  async start(): Promise<void> {
    await mustRun(this.parts.run, 'initctl', ['start', job], `see /var/log/upstart/${job}.log`);
  }

  async stop(): Promise<void> {
    await mustRun(this.parts.run, 'initctl', ['stop', job]);
  }

  /** `initctl restart` keeps the former description of a job that runs, and refuses one that does not. */
  async restart(): Promise<void> {
    if ((await this.state()) !== 'stopped') await this.stop();
    await this.start();
  }
}

/** `ksocket start/running, process 123`: goal, and the state on the way there. @throws Failure E_PROTOCOL */
export function readState({ stdout, stderr }: Said): ServiceState {
  if (/Unknown job/.test(stderr)) return 'missing';
  const [, goal, state] = /^ksocket (start|stop)\/([a-z-]+)/m.exec(stdout) ?? [];
  if (goal === undefined) throw failure('E_PROTOCOL', `initctl status ${job}: ${(stderr || stdout).trim()}`);
  if (goal === 'start' && state === 'running') return 'running';
  return goal === 'stop' && state === 'waiting' ? 'stopped' : 'processing';
}
