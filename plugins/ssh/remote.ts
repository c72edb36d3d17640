/** Logging in to other hosts: everything that needs ssh2, which takes a tenth of a second to load, so that only who logs in waits for it. */
import type { Call, Host, Target } from 'ksocket/plugin';
import type { SshCredential } from './credential.js';
import { KnownHosts } from './known-hosts.js';
import { login } from './login.js';
import { PrivateKeys } from './private-key.js';
import { RefusedKeys } from './refused-keys.js';
import { startRemoteShell } from './remote-shell.js';
import { Run } from './run.js';
import { SshSession } from './session.js';

export class Remote {
  readonly #knownHosts: KnownHosts;
  readonly #refusedKeys: RefusedKeys;
  readonly #privateKeys = new PrivateKeys();

  constructor(private readonly host: Host<unknown>) {
    this.#knownHosts = new KnownHosts(host.state);
    this.#refusedKeys = new RefusedKeys(host.state);
  }

  async open({ address }: Target, credential: SshCredential, call: Call): Promise<SshSession> {
    const { clock, random } = this.host;
    const parts = {
      clock,
      knownHosts: this.#knownHosts,
      refusedKeys: this.#refusedKeys,
      privateKeys: this.#privateKeys,
    };
    const session = await login(address, credential, call, parts);
    const run = new Run({
      clock,
      random,
      signal: call.signal,
      place: `inspect ${address}`,
      sudo: credential.sudo,
      start: () => startRemoteShell(session, { clock, signal: call.signal }),
      whenLost: session.whenLost,
    });
    const again = (signal: AbortSignal) => login(address, credential, { ...call, signal }, parts);
    return new SshSession({ login: session, run, clock, signal: call.signal, again });
  }
}
