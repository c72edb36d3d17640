/** A real browser, led over the Chrome DevTools Protocol: what a user would see and do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

const program = '/usr/bin/chromium';

/** Why there is no browser here, or undefined. */
export const missingBrowser = existsSync(program) ? undefined : `needs ${program}`;

type Answer = { readonly result?: Record<string, unknown>; readonly error?: { readonly message: string } };

export class Browser {
  /** Complaints of the page: errors, refusals by the content security policy. */
  readonly complaints: string[] = [];
  readonly #pending = new Map<number, (answer: Answer) => void>();
  #loaded: () => void = () => undefined;
  #id = 0;
  #session = '';

  private constructor(
    private readonly process: ChildProcess,
    private readonly socket: WebSocket,
    private readonly folder: string,
  ) {
    socket.on('message', (data) => this.#message(JSON.parse(String(data))));
  }

  static async open(): Promise<Browser> {
    const folder = await mkdtemp(join(tmpdir(), 'ksocket-browser-'));
    const child = spawn(
      program,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--hide-scrollbars',
        '--window-size=1280,1000',
        '--remote-debugging-port=0',
        `--user-data-dir=${folder}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    let url: string | undefined;
    for await (const line of createInterface({ input: child.stderr })) {
      url = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (url !== undefined) break;
    }
    if (url === undefined) throw new Error('the browser did not start');
    child.stderr.resume();
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, 'open');
    const browser = new Browser(child, socket, folder);
    const { targetId } = (await browser.#call('Target.createTarget', { url: 'about:blank' })) as { targetId: string };
    const attached = await browser.#call('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = String(attached.sessionId);
    for (const domain of ['Page', 'Runtime', 'Log']) await browser.#call(`${domain}.enable`);
    return browser;
  }

  async go(url: string): Promise<void> {
    const loaded = this.#nextLoad();
    await this.#call('Page.navigate', { url });
    await loaded;
  }

  /** Does something in the page that leads to another one. */
  async leading(script: string): Promise<void> {
    const loaded = this.#nextLoad();
    await this.evaluate(script);
    await loaded;
  }

  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.#call('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })) as { result: { value: T }; exceptionDetails?: { text: string } };
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return result.value;
  }

  async close(): Promise<void> {
    const gone = once(this.process, 'exit');
    this.socket.close();
    // Its own process group: the browser and the helpers that it started.
    if (this.process.pid !== undefined) process.kill(-this.process.pid, 'SIGKILL');
    await gone;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #nextLoad(): Promise<void> {
    return new Promise((resolve) => {
      this.#loaded = resolve;
    });
  }

  #call(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = ++this.#id;
    this.socket.send(JSON.stringify({ id, method, params, ...(this.#session ? { sessionId: this.#session } : {}) }));
    return new Promise((resolve, reject) => {
      this.#pending.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result ?? {})));
    });
  }

  #message(message: { id?: number; method?: string; params?: Record<string, unknown> } & Answer): void {
    if (message.id !== undefined) {
      this.#pending.get(message.id)?.(message);
      this.#pending.delete(message.id);
    } else if (message.method === 'Page.loadEventFired') this.#loaded();
    else if (message.method === 'Runtime.exceptionThrown' || message.method === 'Log.entryAdded')
      this.complaints.push(JSON.stringify(message.params));
  }
}
