/** The SSH collector: what a Unix host says of itself to somebody who logs in, and tunnels through such hosts. */
import { createRequire } from 'node:module';
import { collector, failure, type Host } from 'ksocket/plugin';
import { credential } from './credential.js';
import { KnownHosts } from './known-hosts.js';
import { login } from './login.js';
import { startOwnShell } from './own-host.js';
import { PrivateKeys } from './private-key.js';
import { startRemoteShell } from './remote-shell.js';
import { Run } from './run.js';
import { ScriptSession, SshSession } from './session.js';

export default collector({
  name: 'ssh',
  doc: 'Linux and other Unix hosts through SSH, and tunnels through them.',
  credential,
  tunnels: 'sshTunnels',
  setup(host: Host<unknown>) {
    const { clock, random } = host;
    const parts = { clock, knownHosts: new KnownHosts(host.state), privateKeys: new PrivateKeys() };
    return {
      async open(target, credential, call) {
        const session = await login(target.address, credential, call, parts);
        const run = new Run({
          clock,
          random,
          signal: call.signal,
          place: `inspect ${target.address}`,
          sudo: credential.sudo,
          start: () => startRemoteShell(session),
          lost: session.ended,
        });
        return new SshSession(session, run, clock, call.signal);
      },
      async openOwn(target, call) {
        const place = `inspect ${target.address}`;
        if (process.platform === 'win32') throw failure('E_UNSUPPORTED', place);
        const run = new Run({ clock, random, signal: call.signal, place, sudo: false, start: startOwnShell });
        return new ScriptSession(run, () => []);
      },
      async *diagnose() {
        const { version } = createRequire(import.meta.url)('ssh2/package.json') as { version: string };
        yield { title: 'SSH library', ok: true, detail: `ssh2 ${version}` };
      },
    };
  },
});
