/** A space and an agent as two real processes, and the way to order a scan and see what came of it, all over the space's API. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeDocument } from '../../core/inventory/index.js';
import { firstLine, type Running, spawnKsocket } from './processes.js';

export interface StageOptions {
  /** KSOCKET_HOME of both; the space's database is below it. */
  readonly home: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Starts the agent; by default an ordinary process. The lab starts it inside its agent's namespace. */
  readonly startAgent?: (home: string) => Running;
}

export interface ScanState {
  readonly scanId: string;
  readonly status: string;
  readonly code: string | null;
  readonly note: string | null;
  readonly snapshotId: string | null;
  readonly progress: {
    readonly done: number;
    readonly total: number;
    readonly note: string;
    readonly remainingSeconds: number | null;
  };
}

interface Listed<T> {
  readonly items: readonly T[];
  readonly total: number;
}

export class Stage {
  #space: Running | undefined;
  #agent: Running | undefined;
  #url = '';
  #loginUrl = '';
  #port: number;

  private constructor(private readonly options: StageOptions) {
    this.#port = options.port;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options);
    await mkdir(join(options.home, 'etc', 'ksocket'), { recursive: true });
    await stage.startSpace();
    return stage;
  }

  get space(): Running {
    return this.#space!;
  }

  get agent(): Running | undefined {
    return this.#agent;
  }

  get port(): number {
    return this.#port;
  }

  get loginUrl(): string {
    return this.#loginUrl;
  }

  /** Also after its end or a kill: on the same port and database. */
  async startSpace(): Promise<void> {
    const directory = join(this.options.home, 'space');
    const running = spawnKsocket(
      [
        'space',
        'serve',
        '--json',
        '--directory',
        directory,
        '--port',
        String(this.#port),
        '--logfile',
        join(this.options.home, 'var/log/ksocket/space.log'),
      ],
      this.options.home,
    );
    this.#space = running;
    const { url, loginUrl } = JSON.parse(await firstLine(running)) as { url: string; loginUrl: string };
    this.#url = url;
    this.#loginUrl = loginUrl;
    this.#port = Number(new URL(url).port);
  }

  async startAgent(): Promise<void> {
    this.#agent = this.options.startAgent?.(this.options.home) ?? spawnKsocket(['connect'], this.options.home);
  }

  /** One request to the space's API. @throws Error with the space's own sentence */
  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(new URL(path, this.#url), {
      method,
      headers: {
        'x-authorization': `Token ${new URL(this.#loginUrl).searchParams.get('key')}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      const { error } = JSON.parse(text) as { error?: { message?: string } };
      throw new Error(`${method} ${path}: ${error?.message ?? response.status}`);
    }
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** The slot of this name with its network, made at the first time; `token` is new then, for the settings file. */
  async slot(
    name: string,
    start: readonly string[],
    allow: readonly string[],
  ): Promise<{ networkId: string; slotId: string; token: string | undefined }> {
    const { items } = await this.api<Listed<{ slotId: string; name: string }>>('GET', '/api/slots?limit=100');
    const known = items.find((s) => s.name === name);
    if (known !== undefined) {
      const networks = await this.api<Listed<{ networkId: string; slotId: string }>>(
        'GET',
        '/api/apps/sonar/networks?limit=100',
      );
      const network = networks.items.find((n) => n.slotId === known.slotId);
      if (network !== undefined) return { networkId: network.networkId, slotId: known.slotId, token: undefined };
    }
    const { slotId } = known ?? (await this.api<{ slotId: string }>('POST', '/api/slots', { name }));
    const { networkId } = await this.api<{ networkId: string }>('POST', '/api/apps/sonar/networks', {
      name,
      slotId,
      start,
      allow,
    });
    const { token } = await this.api<{ token: string }>('POST', `/api/slots/${slotId}/tokens`, { expires: null });
    return { networkId, slotId, token };
  }

  /** Writes ksocket.toml for an agent on this machine. */
  async settings(token: string, more = ''): Promise<void> {
    const file = join(this.options.home, 'etc', 'ksocket', 'ksocket.toml');
    const text = `[connect]\nprotocol = "ws"\nhost = "127.0.0.1"\nport = ${this.#port}\ntoken = ${JSON.stringify(token)}\n${more}`;
    await writeFile(file, text, { mode: 0o600 });
  }

  /** @throws Error when the agent ends, or is not there after a minute (a start takes a second) */
  async connected(slotId: string): Promise<void> {
    for (let waited = 0; ; waited += 100) {
      if (waited > 60_000)
        throw new Error(`the agent does not connect; its log is in ${this.options.home}/var/log/ksocket`);
      const { connected } = await this.api<{ connected: boolean }>('GET', `/api/slots/${slotId}`);
      if (connected) return;
      if (this.#agent?.child.exitCode != null) throw new Error(`the agent ended: ${this.#agent.errors().trim()}`);
      await sleep(100);
    }
  }

  startScan(networkId: string): Promise<ScanState> {
    return this.api('POST', `/api/apps/sonar/networks/${networkId}/scans`);
  }

  scan(networkId: string, scanId: string): Promise<ScanState> {
    return this.api('GET', `/api/apps/sonar/networks/${networkId}/scans/${scanId}`);
  }

  /** Until it has ended. A space that is away for a moment (a test has killed it) is asked again. */
  async scanEnded(
    networkId: string,
    scanId: string,
    seen: (state: ScanState) => void = () => {},
    signal?: AbortSignal,
  ): Promise<ScanState> {
    for (;;) {
      signal?.throwIfAborted();
      const state = await this.scan(networkId, scanId).catch((error: unknown) => {
        if (error instanceof TypeError) return undefined;
        throw error;
      });
      if (state !== undefined) {
        seen(state);
        if (state.status !== 'queued' && state.status !== 'running') return state;
      }
      await sleep(200);
    }
  }

  async nodes(networkId: string, snapshotId: string): Promise<NodeDocument[]> {
    const path = `/api/apps/sonar/networks/${networkId}/snapshots/${snapshotId}/nodes`;
    const { items } = await this.api<Listed<{ nodeId: string }>>('GET', `${path}?limit=500`);
    return Promise.all(items.map(({ nodeId }) => this.api<NodeDocument>('GET', `${path}/${nodeId}`)));
  }

  async close(): Promise<void> {
    await this.#agent?.stop();
    await this.#space?.stop();
  }
}
