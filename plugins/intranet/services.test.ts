/** What OpenSSH and OpenSSL say of themselves to the one connection that asks whether their port is open. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, labTest } from './testing/lab.js';

const folder = mkdtempSync(join(tmpdir(), 'ksocket-services-'));
const at = (name: string) => join(folder, name);
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Files for `openssl s_server`: a certificate with this subject and these further extensions. */
function certificate(name: string, subject: string, extensions: readonly string[] = []): string[] {
  const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)];
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '1'];
  const added = extensions.flatMap((it) => ['-addext', it]);
  execFileSync('openssl', ['req', '-x509', ...key, ...files, '-subj', subject, ...added], { stdio: 'ignore' });
  return ['-key', at(`${name}.key`), '-cert', at(`${name}.crt`)];
}

const tls = (lab: Lab, space: string, options: readonly string[]) =>
  lab.daemon(space, ['openssl', 's_server', '-www', '-accept', '443', ...options], /ACCEPT/);

async function sshd(lab: Lab, space: string): Promise<void> {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('host_key')]);
  writeFileSync(at('sshd_config'), `ListenAddress 0.0.0.0\nHostKey ${at('host_key')}\nPidFile none\nStrictModes no\n`);
  // sshd wants its empty folder /run/sshd, which only Debian’s service makes.
  const run = 'mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd';
  const command = ['unshare', '--mount', 'sh', '-c', `${run} && exec /usr/sbin/sshd -D -e -f ${at('sshd_config')}`];
  await lab.daemon(space, command, /Server listening/);
}

/** TCP connections that this namespace has accepted (RFC 4022, tcpPassiveOpens). */
function accepted(lab: Lab, space: string): number {
  const [names, values] = lab
    .peer(space, ['cat', '/proc/net/snmp'])
    .output.split('\n')
    .filter((it) => it.startsWith('Tcp:'))
    .map((it) => it.split(' '));
  return Number(values?.[names?.indexOf('PassiveOpens') ?? -1]);
}

labTest(
  'sshd tells its version, TLS servers their names, and each is connected to once',
  async (it) => {
    for (const name of ['here', 'switch', 'server', 'device', 'router', 'far']) it.space(name);
    it.ip('switch', 'link add br0 type bridge');
    it.ip('switch', 'link set br0 up');
    for (const [i, name] of ['here', 'server', 'device', 'router'].entries()) {
      it.cable(['switch', `p${i}`, '-'], [name, 'v0', `10.66.0.${1 + i}/24`]);
      it.ip('switch', `link set p${i} master br0`);
    }
    it.cable(['router', 'v1', '10.67.0.1/24'], ['far', 'v0', '10.67.0.2/24']);
    it.sysctl('router', 'net.ipv4.ip_forward', '1');
    it.drop('far', 'v0', 'icmp');
    it.ip('here', 'route add 10.67.0.0/24 via 10.66.0.4');
    it.ip('far', 'route add default via 10.67.0.1');

    await Promise.all([
      sshd(it, 'server'),
      tls(it, 'server', certificate('server', '/O=Example/CN=nas.example.com')),
      // A device that was never updated, and whose certificate has no common name.
      tls(it, 'device', [
        ...certificate('device', '/O=Example', ['subjectAltName=DNS:cam7.example.com,IP:10.66.0.3']),
        ...['-tls1', '-cipher', 'DEFAULT@SECLEVEL=0'],
      ]),
      tls(it, 'far', certificate('far', '/CN=far.example.com')),
      it.serve(
        'device',
        `require('net').createServer((s) => s.on('error', () => 0)).listen(22, () => console.log('up'))`,
      ),
    ]);
    const seen = await it.look('here', { look: ['10.66.0.2', '10.66.0.3', '10.67.0.2'] });
    assert.equal(seen.end.error, undefined);
    const [ssh, https] = seen.of('10.66.0.2').services ?? [];
    assert.match(ssh?.banner ?? '', /^SSH-2\.0-OpenSSH_\d/);
    assert.deepEqual(https, { name: 'https', port: 443, certificate: 'nas.example.com' });
    assert.deepEqual(seen.of('10.66.0.3').services, [
      { name: 'ssh', port: 22 },
      { name: 'https', port: 443, certificate: 'cam7.example.com' },
    ]);
    assert.equal(accepted(it, 'server'), 2);
    assert.equal(accepted(it, 'device'), 2);
    // The SYN that proved it alive was no connection; so the open port is connected to.
    assert.ok(seen.of('10.67.0.2').evidence.some((one) => one.probe === 'tcp'));
    assert.deepEqual(seen.of('10.67.0.2').services, [{ name: 'https', port: 443, certificate: 'far.example.com' }]);
    const [before, after] = seen.end.sockets;
    assert.equal(after, before, 'sockets are left open');
    assert.ok(seen.end.ms < 20_000, `took ${seen.end.ms} ms`);
  },
  ['/usr/sbin/sshd'],
);
