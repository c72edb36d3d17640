/**
 * An installation with two slots in a temporary folder, and what its service does: settle before each start, start again at 75.
 * Versions are copies of this build under another number; a copy may be broken on purpose.
 */
import { execFile, spawn } from 'node:child_process';
import { chmod, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { create } from 'tar';
import { type Place, Place as PlaceOf, programIn, readState, writeBundle } from '../../core/update/index.js';
import { here, newKey } from '../../core/update/testing/bundles.js';
import { type Running, watch } from './processes.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** Everything that runs; neither tests nor maps. */
const parts = ['core', 'cli', 'config-schema', 'plugins', 'space', 'installers'];

export class SlotInstallation {
  readonly place: Place;
  readonly key = newKey();
  #agent: Running | undefined;
  #stopped = false;
  /** What settle said, over all starts. */
  said = '';
  /** How each start of the agent ended. */
  readonly ends: (number | null)[] = [];
  #service: Promise<void> | undefined;

  constructor(readonly home: string) {
    this.place = new PlaceOf({ directory: home, lib: join(home, 'var', 'lib', 'ksocket') });
  }

  async make(version: string): Promise<this> {
    await makeSlot(this.place.slot('a'), version);
    await writeFile(join(this.place.directory, 'active'), 'a\n');
    await cp(join(root, 'installers', 'linux', 'launcher', 'bin'), join(this.home, 'bin'), { recursive: true });
    await chmod(this.launcher, 0o755);
    // Node looks for libraries in the folders above; a real slot has its own.
    await symlink(join(root, 'node_modules'), join(this.home, 'node_modules'));
    await mkdir(join(this.home, 'etc', 'ksocket', 'update-keys'), { recursive: true });
    await writeFile(join(this.home, 'etc', 'ksocket', 'update-keys', 'release.pem'), this.key.pem);
    return this;
  }

  /** @param main in place of the real program, for a version that does not work */
  async bundle(version: string, main?: string): Promise<string> {
    const folder = join(this.home, `build-${version}`);
    await makeSlot(folder, version);
    if (main !== undefined) await writeFile(programIn(folder).main, main);
    const payload = `${folder}.tar.gz`;
    await create({ gzip: true, file: payload, cwd: folder }, ['slot.json', 'node', 'app']);
    const output = join(this.home, `ksocket-${version}-${here}.update`);
    const release = { version, platform: here, releasedAt: '2026-11-01T00:00:00Z', expires: '2099-01-01T00:00:00Z' };
    await writeBundle(payload, release, [this.key], output);
    await rm(folder, { recursive: true });
    return output;
  }

  /** `ksocket …` as the launcher starts it. @throws when it fails, with what it said */
  async run(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(this.launcher, args, { env: this.#env });
    return stdout;
  }

  /** The service: runs until it is stopped, or the agent ends with what no new start mends. */
  start(): void {
    this.#stopped = false;
    this.#service = this.#serve();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#agent?.stop();
    await this.#service;
  }

  /** As a power cut would end it; the service starts it again. */
  async kill(): Promise<void> {
    await this.#agent?.kill();
  }

  get launcher(): string {
    return join(this.home, 'bin', 'ksocket');
  }

  state() {
    return readState(this.place.stateFile);
  }

  async #serve(): Promise<void> {
    while (!this.#stopped) {
      this.said += await this.run('update', 'settle');
      const child = spawn(this.launcher, ['connect'], { stdio: ['ignore', 'pipe', 'pipe'], env: this.#env });
      this.#agent = watch(child);
      const code = await this.#agent.ended;
      this.ends.push(code);
      if (code === 0 || code === 77 || code === 78) return;
    }
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...process.env, KSOCKET_HOME: this.home, LC_ALL: 'C' };
  }
}

async function makeSlot(folder: string, version: string): Promise<void> {
  const app = join(folder, 'app');
  for (const part of parts)
    await cp(join(root, 'dist', part), join(app, 'dist', part), {
      recursive: true,
      filter: (path) => !/\.(?:map|d\.ts|test\.js|system\.js)$/.test(path),
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as object;
  await writeFile(join(app, 'package.json'), JSON.stringify({ ...manifest, version }));
  await writeFile(join(folder, 'slot.json'), JSON.stringify({ version, platform: here }));
  const { node } = programIn(folder);
  await mkdir(dirname(node), { recursive: true });
  await writeFile(node, `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 });
}
