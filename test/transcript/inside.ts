/**
 * Types the manual's examples that need no service manager, in network and mount namespaces of its own: an installation in
 * /opt/fixpoint/ksocket and the vendor's space at the vendor's address. Prints what every command answered, as JSON.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { examples } from './manual.js';
import { startVendorSpace } from './vendor-space.js';

const home = '/opt/fixpoint/ksocket';
const root = fileURLToPath(new URL('../../..', import.meta.url));
const settings = `[connect]
token = "YourKsocketToken"
host = "fixpoint.cloud.kompira.jp"
caFile = "$KSOCKET_HOME/etc/ksocket/authority.pem"
`;

const scratch = mkdtempSync(join(tmpdir(), 'ksocket-manual-'));
process.on('exit', () => rmSync(scratch, { recursive: true }));
hideTheHost();
const space = await startVendorSpace(join(scratch, 'space'));
try {
  install(space.authority);
  const answers = Object.fromEntries(
    examples()
      .filter(({ section }) => /^2\.[123]/.test(section))
      .map(({ section, exchanges }) => [section, exchanges.map(({ command }) => type(section, command))]),
  );
  process.stdout.write(JSON.stringify(answers));
} finally {
  await space.close();
}

/** Nothing of this machine is written to: /opt and the hosts file are ours in this namespace. */
function hideTheHost(): void {
  execFileSync('mount', ['-t', 'tmpfs', 'none', '/opt']);
  copyFileSync('/etc/hosts', join(scratch, 'hosts'));
  execFileSync('mount', ['--bind', join(scratch, 'hosts'), '/etc/hosts']);
}

function install(authority: string): void {
  const slot = join(home, 'usr/lib/ksocket/slots/a');
  for (const folder of [join(home, 'bin'), join(home, 'etc/ksocket'), join(slot, 'node/bin')])
    mkdirSync(folder, { recursive: true });
  writeFileSync(join(home, 'usr/lib/ksocket/active'), 'a\n');
  symlinkSync(process.execPath, join(slot, 'node/bin/node'));
  symlinkSync(root, join(slot, 'app'));
  copyFileSync(join(root, 'installers/linux/ksocket'), join(home, 'bin/ksocket'));
  chmodSync(join(home, 'bin/ksocket'), 0o755);
  writeFileSync(join(home, 'etc/ksocket/ksocket.toml'), settings, { mode: 0o600 });
  writeFileSync(join(home, 'etc/ksocket/authority.pem'), authority);
}

/** As in the manual's Ksocket shell. */
function type(section: string, command: string): string {
  if (section === '2.3.1') prepareDiagnostics();
  const env = { HOME: '/root', LC_ALL: 'C', PATH: `${home}/bin:${process.env.PATH}` };
  const { stdout, stderr, status } = spawnSync('sh', ['-c', command], { env, encoding: 'utf8' });
  return status === 0 ? stdout : `${stdout}${stderr}exit ${status}`;
}

/** The examples of 2.2.3 have left another host and a token that is none. */
function prepareDiagnostics(): void {
  type('', 'ksocket config connect.host fixpoint.cloud.kompira.jp');
  type('', `ksocket config connect.token ${space.token}`);
}
