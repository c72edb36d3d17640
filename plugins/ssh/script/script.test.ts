/** The script itself, under the shells of this machine: what it asks of sudo, and what it never lets out. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { rights } from './head.js';
import { greeting, script } from './index.js';
import { certificateFiles } from './linux/security.js';
import { cronRows } from './linux/software.js';

const skip = process.platform === 'win32' ? 'needs a POSIX shell' : false;

/** Every shell of this machine that the script may meet. */
const shells = ['/bin/sh', '/bin/dash', '/bin/bash', '/usr/bin/ksh', '/usr/bin/mksh'].filter((it) => existsSync(it));
if (existsSync('/bin/busybox')) shells.push('/bin/busybox');

function run(shell: string, text: string, path = process.env.PATH): string {
  const args = shell.endsWith('busybox') ? ['sh'] : [];
  return spawnSync(shell, args, { input: text, encoding: 'utf8', env: { PATH: path } }).stdout;
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-script-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Programs that stand in for others, in a folder that comes first in the path. `sudo` writes down how it was called. */
function withStandIns<T>(programs: Record<string, string>, use: (path: string, calls: () => string[]) => T): T {
  return inFolder((folder) => {
    const log = join(folder, 'calls');
    writeFileSync(log, '');
    for (const [name, body] of Object.entries(programs)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n[ $0 = ${folder}/sudo ] && echo "$*" >>${log}\n${body}\n`);
      chmodSync(join(folder, name), 0o755);
    }
    const calls = () => readFileSync(log, 'utf8').trim().split('\n');
    return use(`${folder}:${process.env.PATH}`, calls);
  });
}

const asUser = { dmidecode: 'echo "ran dmidecode $*"', lvs: 'echo "ran lvs"' };
/** As an ordinary user: BusyBox prefers its own `id` to any other, even to a function. */
const probe = `${greeting('n', true)}${rights.replace('$(id)', "'uid=1000(x)'")}
rights
as_root dmidecode -t 17; echo "status $?"
as_root lvs; echo "status $?"
as_root no-such-tool; echo "status $?"
`;

for (const shell of shells) {
  test(`a sudo that refuses is asked once and never again (${shell})`, { skip }, () => {
    withStandIns({ ...asUser, sudo: 'exit 1' }, (path, calls) => {
      assert.match(run(shell, probe, path), /status 126\nstatus 126\nstatus 127\n$/);
      assert.deepEqual(calls(), ['-n -l']);
    });
  });

  test(`a sudo that permits one command is asked for that one alone (${shell})`, { skip }, () => {
    const sudo = `case "$*" in
      '-n -l') echo '    (root) NOPASSWD: '"$(command -v dmidecode)"' -t 17' ;;
      "-n -l $(command -v dmidecode) -t 17") ;;
      *lvs*) exit 1 ;;
      *) shift; exec "$@" ;;
    esac`;
    withStandIns({ ...asUser, sudo }, (path, calls) => {
      assert.match(run(shell, probe, path), /ran dmidecode -t 17\nstatus 0\nstatus 126\nstatus 127\n$/);
      assert.ok(calls().every((it) => !it.includes('lvs')));
    });
  });

  test(`whoever may be the database without a password is not taken for root (${shell})`, { skip }, () => {
    const sudo = `[ "$*" = '-n -l' ] && echo '    (postgres) NOPASSWD: ALL'`;
    withStandIns({ ...asUser, sudo }, (path, calls) => {
      assert.match(run(shell, probe, path), /status 126\nstatus 126\nstatus 127\n$/);
      assert.deepEqual(calls(), ['-n -l']);
    });
  });

  test(`without the word of the credential file nobody asks sudo (${shell})`, { skip }, () => {
    withStandIns({ ...asUser, sudo: 'shift; exec "$@"' }, (path, calls) => {
      const text = run(shell, probe.replace('S=1', 'S=0'), path);
      assert.match(text, /status 126\nstatus 126\nstatus 127\n$/);
      assert.deepEqual(calls(), ['']);
    });
  });

  test(`of a crontab only the schedule, the user and the program leave the host (${shell})`, { skip }, () => {
    inFolder((folder) => {
      const file = join(folder, 'crontab');
      writeFileSync(
        file,
        [
          'PASSWORD=hunter2',
          '17 *\t* * *\troot    cd / && run-parts --report /etc/cron.hourly',
          '25 6 * * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report hunter2; }',
          '5 4 * * sun root PASS=hunter2 /usr/bin/curl -u a:hunter2 http://x',
          '@reboot root TOKEN="a hunter2" /bin/x',
          '*/5 1-3,7 * jan-mar mon root /opt/b.sh; rm hunter2',
          '0 3 * * * root test "$x" = "y && hunter2" && foo',
          '0 3 * * 1-5 root (/usr/bin/foo --key hunter2) >/dev/null',
          'not a schedule hunter2 at all hunter2',
          '@daily root $HOME/hunter2',
          "@daily root 'hunter2 x'",
        ].join('\n'),
      );
      const rows = run(shell, `${cronRows}\ngrep -sH . ${file} | cron_rows 1`);
      assert.ok(!rows.includes('hunter2'), rows);
      assert.deepEqual(
        rows
          .split('\n')
          .filter((it) => it !== '')
          .map((it) => it.split('\t').slice(1)),
        [
          ['17 * * * *', 'root', 'run-parts'],
          ['25 6 * * *', 'root', 'run-parts'],
          ['5 4 * * sun', 'root', '/usr/bin/curl'],
          ['@reboot', 'root', ''],
          ['*/5 1-3,7 * jan-mar mon', 'root', '/opt/b.sh'],
          ['0 3 * * *', 'root', 'test'],
          ['0 3 * * 1-5', 'root', '/usr/bin/foo'],
          ['@daily', 'root', ''],
          ['@daily', 'root', ''],
        ],
      );
    });
  });

  test(`a file with a private key in it does not leave the host, nor what stands around a certificate (${shell})`, {
    skip,
  }, () => {
    inFolder((folder) => {
      const pem = (label: string, text: string) => `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;
      writeFileSync(join(folder, 'a.pem'), `Bag Attributes: hunter2\n${pem('CERTIFICATE', 'AAAA')}hunter2\n`);
      writeFileSync(join(folder, 'b.pem'), pem('CERTIFICATE', 'BBBB') + pem('RSA PRIVATE KEY', 'hunter2'));
      writeFileSync(join(folder, 'c.pem'), pem('ENCRYPTED PRIVATE KEY', 'hunter2') + pem('CERTIFICATE', 'CCCC'));
      const names = ['none', 'a', 'b', 'c'].map((it) => join(folder, `${it}.pem`)).join('\n');
      const text = run(shell, `${certificateFiles}\npublic_certificates <<'end'\n${names}\nend\n`);
      assert.equal(text, `file:${folder}/a.pem\n${pem('CERTIFICATE', 'AAAA')}`);
    });
  });

  test(`the whole script is one that the shell understands (${shell})`, { skip }, () => {
    const args = shell.endsWith('busybox') ? ['sh', '-n'] : ['-n'];
    execFileSync(shell, args, { input: greeting('n', true) + script });
  });
}

test('no function of the script has the name of a program of BusyBox, which would be run in its place', {
  skip: existsSync('/bin/busybox') ? false : 'needs busybox',
}, () => {
  const programs = new Set(execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n'));
  const functions = [...script.matchAll(/^([a-z_0-9]+)\(\) \{/gm)].map(([, name]) => name ?? '');
  assert.ok(functions.length > 40);
  assert.deepEqual(
    functions.filter((it) => programs.has(it)),
    [],
  );
});

test('the script holds no value but those of its own source', () => {
  assert.ok(!script.includes('undefined') && !script.includes('[object'));
});
