/**
 * Types the manual's examples that need no service manager, in network and mount namespaces of its own: an installation in
 * /opt/fixpoint/ksocket and the vendor's space at the vendor's address. Prints what every command answered, as JSON.
 */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { examples } from './manual.js';
import { startVendorSpace, vendorCertificates } from './vendor-space.js';

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
const certificates = vendorCertificates();
const space = await startVendorSpace(join(scratch, 'space'), certificates);
try {
  install(certificates.authority);
  const answers: Record<string, string[]> = {};
  for (const { section, exchanges } of examples().filter((it) => /^2\.[123]/.test(it.section))) {
    answers[section] = [];
    for (const { command } of exchanges) answers[section].push(await type(section, command));
  }
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
  copyFileSync(join(root, 'installers/linux/launcher/bin/ksocket'), join(home, 'bin/ksocket'));
  chmodSync(join(home, 'bin/ksocket'), 0o755);
  writeFileSync(join(home, 'etc/ksocket/ksocket.toml'), settings, { mode: 0o600 });
  writeFileSync(join(home, 'etc/ksocket/authority.pem'), authority);
}

/** As in the manual's Ksocket shell. */
async function type(section: string, command: string): Promise<string> {
  if (section === '2.3.1') await prepareDiagnostics();
  const env = { HOME: '/root', LC_ALL: 'C', PATH: `${home}/bin:${process.env.PATH}` };
  // Not spawnSync: the space's TLS ends in this process.
  return promisify(execFile)('sh', ['-c', command], { env }).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr, code }) => `${stdout}${stderr}exit ${code}`,
  );
}

/** The examples of 2.2.3 have left another host and a token that is none. */
async function prepareDiagnostics(): Promise<void> {
  await type('', 'ksocket config connect.host fixpoint.cloud.kompira.jp');
  await type('', `ksocket config connect.token ${space.token}`);
}
