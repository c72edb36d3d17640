/**
 * The Windows service, through NSSM, which the installation brings along (seed 2.4.1): Windows itself cannot run a console program. NSSM
 * starts ksservice.exe (installers/windows), which has updates judged first.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failure } from '../../core/contract/index.js';
import type { Backend, ServiceState } from './backend.js';
import { mustRun, type RunProgram, type Said } from './programs.js';

/** The seed's: operators find it under this name. */
export const serviceName = 'Fixpoint ksocket service';

/** What NSSM starts, with `connect`. */
export const windowsRunner = (home: string): string => join(home, 'usr', 'lib', 'ksocket', 'ksservice.exe');

export interface WindowsParts {
  readonly run: RunProgram;
  readonly home: string;
  readonly settingsFile?: string | undefined;
}

const restartMs = 10_000;
const stopMs = 30_000;
/** Of service.log. */
const rotateBytes = 1024 * 1024;

/** Exit codes of `ksocket connect` that start nothing again; NSSM does so after any other (nssm.cc/usage, "Exit actions"). */
const staysStopped = [0, 77, 78];

export class WindowsService implements Backend {
  readonly file = undefined;
  readonly #nssm: string;
  /** What the agent says outside of its own log. */
  readonly #log: string;

  constructor(private readonly parts: WindowsParts) {
    this.#nssm = join(parts.home, 'usr', 'lib', 'ksocket', 'nssm.exe');
    this.#log = join(parts.home, 'var', 'log', 'ksocket', 'service.log');
  }

  async describe(): Promise<void> {}

  async install(): Promise<void> {
    const { home, settingsFile } = this.parts;
    const runner = windowsRunner(home);
    if ((await this.state()) === 'missing') await this.#must('install', serviceName, runner, 'connect');
    const log = this.#log;
    await mkdir(dirname(log), { recursive: true });
    const environment = [
      `KSOCKET_HOME=${home}`,
      ...(settingsFile === undefined ? [] : [`KSOCKET_CONFIG=${settingsFile}`]),
    ];
    const settings: readonly (readonly [string, ...string[]])[] = [
      ['Application', runner],
      ['AppParameters', 'connect'],
      ['AppDirectory', home],
      ['AppEnvironmentExtra', ...environment],
      ['Description', 'A RPC like client service for Fixpoint, Inc. Kompira cloud'],
      ...staysStopped.map((code) => ['AppExit', String(code), 'Exit'] as const),
      // A crash loop starts no oftener than this.
      ['AppRestartDelay', String(restartMs)],
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
    const said = await this.parts.run(this.#nssm, ['start', serviceName]);
    if (said.code === 0 || (await this.state()) === 'running') return;
    throw failure('E_INPUT', `the service does not stay up: ${said.stderr.trim()}`, {
      remedy: `see the end of ${this.#log}`,
    });
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
