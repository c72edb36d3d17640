/** systemd, through systemctl. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../core/contract/index.js';
import { readIfThere, readText, writeAtomic } from '../../core/runtime/index.js';
import type { Backend, ServiceState } from './backend.js';
import { mustRun, type RunProgram } from './programs.js';
import { readUnit, type UnitFacts, unitText } from './systemd-unit.js';
import { unitDirectories, unitDirectory } from './unit-directory.js';

const unit = 'ksocket.service';

export interface SystemdParts {
  readonly run: RunProgram;
  /** All of the unit's facts but the account. */
  readonly facts: Omit<UnitFacts, 'account' | 'group'>;
  groupOf(account: string): Promise<string>;
}

export class Systemd implements Backend {
  readonly file: string;

  constructor(private readonly parts: SystemdParts) {
    this.file = join(parts.facts.home, 'usr', 'lib', 'systemd', 'system', unit);
  }

  async describe(account: string): Promise<void> {
    const group = await this.parts.groupOf(account);
    await writeAtomic(this.file, unitText({ ...this.parts.facts, account, group }), 0o644);
  }

  async install(): Promise<void> {
    const searched = (await this.#systemctl('show', '--property=UnitPath', '--value')).trim().split(/\s+/);
    const directory = await unitDirectory(searched);
    await mkdir(directory, { recursive: true });
    // A copy: a link to a disk that is mounted later would not be there when systemd reads its units.
    await writeAtomic(join(directory, unit), await readText(this.file), 0o644);
    await this.#systemctl('daemon-reload');
    await this.#systemctl('enable', '--quiet', unit);
  }

  async uninstall(): Promise<void> {
    await this.#systemctl('disable', '--quiet', unit);
    const { FragmentPath = '' } = await this.#show();
    for (const directory of unitDirectories) {
      const path = join(directory, unit);
      const text = await readIfThere(path);
      if (text === undefined) continue;
      const { home } = readUnit(text);
      if (home !== this.parts.facts.home) throw this.#ofAnother(path, home);
      await rm(path, { force: true });
    }
    await this.#systemctl('daemon-reload');
    // Nothing to reset is no error.
    await this.parts.run('systemctl', ['reset-failed', unit]);
    if ((await this.state()) !== 'missing') {
      throw failure('E_INPUT', `${FragmentPath} is not of this installation and stays`, {
        remedy: `remove it yourself if it is not needed, then: systemctl daemon-reload`,
      });
    }
  }

  async state(): Promise<ServiceState> {
    const { LoadState, ActiveState } = await this.#show();
    if (LoadState === 'not-found') return 'missing';
    if (ActiveState === 'active') return 'running';
    return ActiveState === 'inactive' || ActiveState === 'failed' ? 'stopped' : 'processing';
  }

  async start(): Promise<void> {
    await this.#begin('start');
  }

  async restart(): Promise<void> {
    await this.#begin('restart');
  }

  async stop(): Promise<void> {
    await this.#systemctl('stop', unit);
  }

  /** Someone who asks for a start wants one, however often it failed just before. */
  async #begin(verb: 'start' | 'restart'): Promise<void> {
    await this.parts.run('systemctl', ['reset-failed', unit]);
    const { code, stderr } = await this.parts.run('systemctl', [verb, unit]);
    if (code === 0) return;
    const remedy = `journalctl --unit=${unit} --lines=20`;
    throw failure(
      'E_INPUT',
      (await this.#lastWords()) ?? `systemctl ${verb} ${unit}: ${stderr.trim().split('\n')[0]}`,
      {
        remedy,
      },
    );
  }

  /** What the agent itself said of its end; systemctl only knows that it ended. */
  async #lastWords(): Promise<string | undefined> {
    const { stdout } = await this.parts.run('journalctl', [
      `--unit=${unit}`,
      '--lines=10',
      '--output=cat',
      '--no-pager',
    ]);
    return stdout
      .trim()
      .split('\n')
      .findLast((line) => line.startsWith('ksocket connect: '));
  }

  async #show(): Promise<Record<string, string>> {
    const text = await this.#systemctl('show', unit, '--property=LoadState,ActiveState,FragmentPath');
    return Object.fromEntries(text.split('\n').map((line) => [line.split('=')[0]!, line.slice(line.indexOf('=') + 1)]));
  }

  #systemctl(...args: string[]): Promise<string> {
    return mustRun(this.parts.run, 'systemctl', args);
  }

  #ofAnother(path: string, home: string | undefined) {
    return failure('E_INPUT', `${path} belongs to the installation in ${home ?? 'another place'}`, {
      remedy: home === undefined ? 'remove the file yourself' : `${join(home, 'bin', 'ksocket')} service uninstall`,
    });
  }
}
