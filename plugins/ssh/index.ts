/** The SSH collector: what a Unix host says of itself to somebody who logs in, and tunnels through such hosts. */
import { createRequire } from 'node:module';
import { collector, type Host } from 'ksocket/plugin';
import { credential } from './credential.js';
import { hostKeys } from './host-keys.js';
import type { Remote } from './remote.js';

export default collector({
  name: 'ssh',
  doc: 'Linux and other Unix hosts through SSH, and tunnels through them.',
  credential,
  tunnels: 'sshTunnels',
  setup(host: Host<unknown>) {
    let remote: Promise<Remote> | undefined;
    return {
      hostKeys: hostKeys(host),
      async open(target, credential, call) {
        remote ??= import('./remote.js').then((m) => new m.Remote(host));
        return (await remote).open(target, credential, call);
      },
      async openOwn(target, call) {
        const { openOwnHost } = await import('./own-host.js');
        return openOwnHost(target, call, host);
      },
      async *diagnose() {
        const { version } = createRequire(import.meta.url)('ssh2/package.json') as { version: string };
        yield { title: 'SSH library', ok: true, detail: `ssh2 ${version}` };
      },
    };
  },
});
