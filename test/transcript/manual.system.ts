/**
 * The manual from its first page: the archive unpacked and installed on a machine with a real systemd, every example of chapter 2.4 typed,
 * an update from one version to the next and back by way of the unit, and the uninstaller of 1.4, after which nothing is left.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { noOpenssl } from '../../core/link/testing/certificates.js';
import { build, missing, temporary } from '../package/built.js';
import { Container, containerObstacle, inside } from '../service/container.js';
import { snapshot } from '../service/installation.js';
import { difference, examples } from './manual.js';
import { vendorCertificates } from './vendor-space.js';

const home = '/opt/fixpoint/ksocket';
const skip = containerObstacle() ?? missing() ?? noOpenssl ?? false;

describe('the manual, on a machine with systemd', { skip }, () => {
  const { folder, remove } = temporary();
  const [packages, later, unpacked] = ['packages', 'later', 'unpacked'].map((it) => join(folder, it)) as [
    string,
    string,
    string,
  ];
  let machine: Container;
  let untouched = new Map<string, string>();

  const ksocket = (...args: string[]) => machine.run(`${home}/bin/ksocket`, args);
  const status = () => machine.sh('systemctl show ksocket.service --property=StatusText --value');
  const attached = () =>
    machine.until('the agent is attached', async () => /^connected to fixpoint/.test(await status()));
  /** What is typed of a section, and what is answered. */
  const replay = async (section: string, answered = (text: string) => text): Promise<void> => {
    const example = examples().find((it) => it.section === section);
    assert.ok(example, section);
    for (const { command, answer } of example.exchanges) {
      const script = section.startsWith('1.4') ? `echo y | ${command}` : command;
      const { stdout, stderr, code } = await machine.run('sh', ['-c', script], {
        PATH: `${home}/bin:/usr/sbin:/usr/bin`,
      });
      assert.equal(code, 0, stdout + stderr);
      const wrong = difference(answer, answered(stdout));
      assert.equal(wrong, undefined, `${command}: ${wrong}\n${stdout}${stderr}`);
    }
  };

  before(async () => {
    build(packages, '--archives-only');
    build(later, '--build', '1');
    mkdirSync(unpacked);
    const archive = readdirSync(packages).find((name) => name.endsWith('.tar.gz'))!;
    execFileSync('tar', ['xf', join(packages, archive), '-C', unpacked]);
    machine = await Container.boot([
      [unpacked, '/srv/unpacked'],
      [later, '/srv/later'],
    ]);
    untouched = await snapshot(machine);
    const certificates = vendorCertificates();
    await machine.sh(
      'mkdir -p /srv/vendor && cd /srv/vendor && printf %s "$1" > certificates.json && printf %s "$2" > authority.pem',
      JSON.stringify(certificates),
      certificates.authority,
    );
    await machine.sh(
      `systemd-run --quiet --unit=vendor ${inside.node} ${inside.app}/dist/test/transcript/serve.js /srv/vendor`,
    );
    await machine.until(
      'the space stands',
      async () => (await machine.run('test', ['-s', '/srv/vendor/token'])).code === 0,
    );
  });
  after(async () => {
    await machine?.close();
    remove();
  });

  test('1.1.1: ksinstall puts it where the manual says, without asking when all is said', async () => {
    const answers =
      '--host fixpoint.cloud.kompira.jp --token-file /srv/vendor/token --mode intranet --yes --no-service';
    const said = await machine.sh(`cd /srv/unpacked && ./ksinstall ${answers}`);
    assert.match(said, /OK/);
    assert.equal((await ksocket('config', 'connect.host')).stdout, 'fixpoint.cloud.kompira.jp\n');
    await machine.sh(`cp /srv/vendor/authority.pem ${home}/etc/ksocket/`);
    assert.equal((await ksocket('config', 'connect.caFile', '$KSOCKET_HOME/etc/ksocket/authority.pem')).code, 0);
  });

  test('2.4: install, and the agent is attached to the space', async () => {
    await replay('2.4.1');
    await attached();
    await replay('2.4.3');
  });

  for (const section of ['2.4.4 running', '2.4.5', '2.4.5 stopped', '2.4.4', '2.4.6'])
    test(section, () => replay(section));

  test('an update goes into the other slot before the next start, and is confirmed when its agent is attached', async () => {
    await attached();
    const folder = '/root/keys';
    await machine.sh(
      `mkdir -p ${folder} ${home}/etc/ksocket/update-keys && cp /srv/later/*.update ${folder}/new.update`,
    );
    const made = await ksocket('update', 'keygen', `${folder}/ours`);
    assert.equal(made.code, 0, made.stderr);
    await machine.sh(`cp ${folder}/ours.pem ${home}/etc/ksocket/update-keys/`);
    const unsigned = await ksocket('update', 'apply', `${folder}/new.update`);
    assert.equal(unsigned.code, 1, unsigned.stdout);
    const signed = await ksocket('update', 'sign', `${folder}/new.update`, '--key', `${folder}/ours.key`);
    assert.equal(signed.code, 0, signed.stderr);
    const applied = await ksocket('update', 'apply', `${folder}/new.update`);
    assert.equal(applied.code, 0, applied.stdout + applied.stderr);
    const restarted = async (version: RegExp) => {
      const { code, stdout, stderr } = await ksocket('service', 'restart');
      assert.equal(
        code,
        0,
        stdout + stderr + (await machine.sh('journalctl --unit=ksocket --output=cat --no-pager | tail -n 40')),
      );
      assert.match((await ksocket('version')).stdout, version);
      await attached();
    };
    const last = async () => (await ksocket('update', 'check')).stdout;
    assert.match(await last(), /^Last update \.{3,} OK \[.*\.1 waits for the next start\]$/m);
    await restarted(/\.1\n$/);
    assert.match(await last(), /^Last update \.{3,} OK \[.*\.1 works\]$/m);
    await restarted(/\.1\n$/);
    assert.match(await last(), /^Last update \.{3,} OK \[.*\.1 confirmed\]$/m);
    const back = await ksocket('update', 'rollback');
    assert.equal(back.code, 0, back.stdout + back.stderr);
    await restarted(/\.0\n$/);
  });

  test('2.4.2: uninstall of the service, and 1.4.1: of everything; nothing is left', async () => {
    await replay('2.4.2');
    await replay('1.4.1', (text) => text.replace('[y/N]: ', '[y/N]: y\n'));
    await machine.sh('systemctl stop vendor; rm -rf /srv/vendor /root/keys');
    const left = [...(await snapshot(machine))].filter(([path, it]) => untouched.get(path) !== it);
    assert.deepEqual(
      left.filter(([path]) => !/^\/etc\/hosts|^\/opt\t?$|^\/etc\/ssl/.test(path)),
      [],
    );
  });
});
