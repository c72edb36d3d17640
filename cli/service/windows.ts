/** The Windows service, through NSSM, which the installation brings along (seed 2.4.1). Windows itself cannot run a console program. */
import { join } from 'node:path';
import { failure } from '../../core/contract/index.js';
import type { Backend, ServiceState } from './backend.js';
import { mustRun, type RunProgram, type Said } from './programs.js';

/** The seed's: operators find it under this name. */
export const serviceName = 'Fixpoint ksocket service';

export interface WindowsParts {
  readonly run: RunProgram;
  readonly home: string;
  readonly settingsFile?: string | undefined;
}

const restartMs = 10_000;
const stopMs = 30_000;
/** Of service.log, which only has what the agent says outside of its own log. */
const rotateBytes = 1024 * 1024;

/** What each exit code of `ksocket connect` leads to (nssm.cc/usage "Exit actions"): everything else starts it again. */
const staysStopped = [0, 77, 78];

export class WindowsService implements Backend {
  readonly file = undefined;
  readonly #nssm: string;

  constructor(private readonly parts: WindowsParts) {
    this.#nssm = join(parts.home, 'usr', 'lib', 'ksocket', 'nssm.exe');
  }

  async describe(): Promise<void> {}

  async install(): Promise<void> {
    const { home, settingsFile } = this.parts;
    const runner = join(home, 'bin', 'ksocket.cmd');
    if ((await this.state()) === 'missing') await this.#must('install', serviceName, runner, 'connect');
    const log = join(home, 'var', 'log', 'ksocket', 'service.log');
    const environment = [
      `KSOCKET_HOME=${home}`,
      ...(settingsFile === undefined ? [] : [`KSOCKET_CONFIG=${settingsFile}`]),
    ];
    const settings: readonly (readonly [string, ...string[]])[] = [
      ['Application', runner],
      ['AppParameters', 'connect'],
      ['AppDirectory', home],
      ['AppEnvironmentExtra', ...environment],
      ['DisplayName', serviceName],
      ['Description', 'A RPC like client service for Fixpoint, Inc. Kompira cloud'],
      ['Start', 'SERVICE_AUTO_START'],
      ['AppExit', 'Default', 'Restart'],
      ...staysStopped.map((code) => ['AppExit', String(code), 'Exit'] as const),
      ['AppRestartDelay', String(restartMs)],
      // Ends sooner than this after its start count as a crash loop: the waits between starts double, up to four minutes.
      ['AppThrottle', String(restartMs)],
      // Control-C on its console first, which ends the agent cleanly.
      ['AppStopMethodConsole', String(stopMs)],
      ['AppStdout', log],
      ['AppStderr', log],
      ['AppRotateFiles', '1'],
      ['AppRotateBytes', String(rotateBytes)],
    ];
    for (const [name, ...values] of settings) await this.#must('set', serviceName, name, ...values);
  }

  async uninstall(): Promise<void> {
    await this.#must('remove', serviceName, 'confirm');
  }

  async state(): Promise<ServiceState> {
    return readState(await this.parts.run(this.#nssm, ['status', serviceName]));
  }

  async start(): Promise<void> {
    await this.#must('start', serviceName);
  }

  async stop(): Promise<void> {
    await this.#must('stop', serviceName);
  }

  /** NSSM's own restart refuses a service that does not run. */
  async restart(): Promise<void> {
    if ((await this.state()) !== 'stopped') await this.stop();
    await this.start();
  }

  #must(...args: string[]): Promise<string> {
    return mustRun(
      this.parts.run,
      this.#nssm,
      args,
      'run this command as an administrator; the Event Viewer has what NSSM said',
    );
  }
}

/** The word of Windows for the state (winsvc.h). @throws Failure E_PROTOCOL */
export function readState({ code, stdout, stderr }: Said): ServiceState {
  const word = /SERVICE_([A-Z_]+)/.exec(stdout)?.[1];
  if (word === 'RUNNING') return 'running';
  if (word === 'STOPPED') return 'stopped';
  // NSSM pauses a service while it waits before the next start.
  if (word !== undefined) return 'processing';
  if (code === cannotOpen) return 'missing';
  throw failure('E_PROTOCOL', `nssm status: ${(stderr || stdout).trim() || `ended with ${code}`}`);
}

/** NSSM's exit code for a service that the manager does not know. */
const cannotOpen = 3;
