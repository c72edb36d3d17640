/** The seed's chapter 2.4 against a real systemd, and what the unit promises: who is started again, who is not, and who is watched. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Container, containerObstacle } from './container.js';
import { configure, home, ksocket, lay, openSpace, snapshot, unitFile } from './installation.js';

const service = 'ksocket.service';

describe('ksocket service on systemd', { skip: containerObstacle() ?? false }, () => {
  let machine: Container;
  let token = '';
  let untouched = new Map<string, string>();

  before(async () => {
    machine = await Container.boot();
    await lay(machine);
    token = await openSpace(machine);
    await configure(machine, token);
  });
  after(() => machine?.close());

  const property = async (name: string): Promise<string> =>
    machine.sh(`systemctl show ${service} --property=${name} --value`);
  const becomes = (name: string, wanted: RegExp): Promise<void> =>
    machine.until(`${name} is ${wanted}`, async () => wanted.test(await property(name)));
  /** Lines as printed, with as many dots as there are. */
  const prints = async (args: string[], code: number, lines: string): Promise<void> => {
    const ended = await ksocket(machine, ...args);
    assert.equal(ended.stdout, lines, ended.stderr);
    assert.equal(ended.code, code, ended.stderr);
  };
  const installed = `Check if ksocket runner exists ... OK
Create a service file ............ OK [${unitFile}]
Install the service .............. OK
Get status of the service ........ OK
Restart the service .............. OK
`;

  test('before it is installed it is missing, and cannot be started', async () => {
    untouched = await snapshot(machine);
    await prints(['service', 'status'], 0, 'missing\n');
    const start = await ksocket(machine, 'service', 'start');
    assert.equal(start.code, 1);
    assert.match(
      start.stdout,
      /^Get status of the service \.{3,} Failed\n {2}the service is not installed\n.*service install\n$/,
    );
  });

  test('install prints the lines of the manual, and the agent is attached as a user of its own with one capability', async () => {
    await prints(['service', 'install'], 0, installed);
    await prints(['service', 'status'], 0, 'running\n');
    await becomes('StatusText', /^connected to 127\.0\.0\.1:8080$/);
    const main = await property('MainPID');
    assert.equal(await machine.sh(`ps -o user= -p ${main} 2>/dev/null || stat -c %U /proc/${main}`), 'ksocket');
    const status = await machine.sh(`cat /proc/${main}/status`);
    const netRaw = (1 << 13).toString(16).padStart(16, '0');
    for (const set of ['CapEff', 'CapPrm', 'CapBnd', 'CapAmb'])
      assert.equal(new RegExp(`^${set}:\\t(.*)$`, 'm').exec(status)?.[1], netRaw, set);
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(await property('FragmentPath'), /^\/(usr\/)?lib\/systemd\/system\/ksocket\.service$/);
    assert.equal(await machine.sh(`systemctl is-enabled ${service}`), 'enabled');
  });

  test('systemd-analyze security sees an exposure of at most 2.0', async (t) => {
    const report = await machine.sh(`systemd-analyze security --no-pager ${service}`);
    const score = Number(/Overall exposure level for ksocket\.service: ([\d.]+)/.exec(report)?.[1]);
    t.diagnostic(`exposure ${score}`);
    assert.ok(score <= 2, report);
  });

  test('the service reads its settings and writes its own folders only', async () => {
    const modes = await machine.sh(
      `cd "$1" && stat -c '%n %a %U:%G' . etc/ksocket etc/ksocket/credentials/ssh etc/ksocket/ksocket.toml var/lib/ksocket var/log/ksocket`,
      home,
    );
    assert.deepEqual(modes.split('\n'), [
      '. 755 root:root',
      'etc/ksocket 2750 root:ksocket',
      'etc/ksocket/credentials/ssh 2750 root:ksocket',
      'etc/ksocket/ksocket.toml 640 root:ksocket',
      'var/lib/ksocket 750 ksocket:ksocket',
      'var/log/ksocket 750 ksocket:ksocket',
    ]);
    // What an operator writes later, with root's habits, is the service's to read.
    assert.equal((await ksocket(machine, 'config', 'connect.resumeRetries', '3')).code, 0);
    assert.equal(await machine.sh('stat -c %a:%G "$1/etc/ksocket/ksocket.toml"', home), '640:ksocket');
  });

  test('status needs no privilege; the rest says that it does', async () => {
    const asNobody = (...args: string[]) =>
      machine.run('setpriv', ['--reuid=65534', '--clear-groups', `${home}/bin/ksocket`, 'service', ...args]);
    assert.deepEqual(await asNobody('status'), { code: 0, stdout: 'running\n', stderr: '' });
    for (const verb of ['install', 'uninstall', 'start', 'stop', 'restart']) {
      const { code, stdout, stderr } = await asNobody(verb);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /^ksocket service: missing privilege: .*; run this command as root, such as with sudo\n$/);
    }
  });

  test('installing again while it runs leaves the operator’s drop-in alone, and the drop-in holds', async () => {
    // Also what makes the next tests short.
    const dropIn = '/etc/systemd/system/ksocket.service.d/operator.conf';
    await machine.sh(
      `mkdir -p "$(dirname ${dropIn})" && printf '[Service]\\nRestartSec=1\\nWatchdogSec=4\\n' > ${dropIn} && systemctl daemon-reload`,
    );
    const former = await property('MainPID');
    await prints(['service', 'install'], 0, installed);
    assert.notEqual(await property('MainPID'), former);
    assert.equal(await property('WatchdogUSec'), '4s');
    assert.match(await machine.sh(`cat ${dropIn}`), /RestartSec=1/);
  });

  test('start and stop say Skip where nothing is to do; restart starts what stands', async () => {
    const lines = (title: string, result: string) =>
      `Get status of the service ... OK\n${title.padEnd(25)} ... ${result}\n`.replace(
        / +\.\.\. (OK|Skip)\n$/,
        (_all, word) => ` ${'.'.repeat(25 - title.length + 3)} ${word}\n`,
      );
    await prints(['service', 'start'], 0, lines('Start the service', 'Skip'));
    await prints(['service', 'stop'], 0, lines('Stop the service', 'OK'));
    await prints(['service', 'status'], 0, 'stopped\n');
    await prints(['service', 'stop'], 0, lines('Stop the service', 'Skip'));
    await prints(['service', 'start'], 0, lines('Start the service', 'OK'));
    await prints(['service', 'restart'], 0, lines('Restart the service', 'OK'));
    await prints(['service', 'stop'], 0, lines('Stop the service', 'OK'));
    await prints(['service', 'restart'], 0, lines('Restart the service', 'OK'));
    const json = await ksocket(machine, 'service', 'start', '--json');
    assert.deepEqual(JSON.parse(json.stdout), {
      ok: true,
      steps: [
        { title: 'Get status of the service', status: 'ok' },
        { title: 'Start the service', status: 'skip' },
      ],
    });
    assert.deepEqual(JSON.parse((await ksocket(machine, 'service', 'status', '--json')).stdout), { status: 'running' });
  });

  const dies = async (signal: string, result: RegExp): Promise<void> => {
    const [former, restarts] = [await property('MainPID'), Number(await property('NRestarts'))];
    assert.ok(Number(former) > 1, former);
    await machine.sh(`kill -${signal} ${former}`);
    await machine.until('it is started again', async () => Number(await property('NRestarts')) > restarts);
    await becomes('StatusText', /^connected to/);
    assert.notEqual(await property('MainPID'), former);
    assert.match(await machine.sh(`journalctl --unit=${service} --output=cat --no-pager`), result);
  };

  test('an agent that was killed is started again', () => dies('KILL', /code=killed, status=9\/KILL/));

  test('an agent whose process is frozen is ended by the watchdog and started again', () =>
    dies('STOP', /Watchdog timeout/));

  const staysStopped = async (exit: number, words: RegExp): Promise<void> => {
    await machine.sh(`systemctl restart ${service} || true`);
    // It would be auto-restart, were another start to come.
    await becomes('SubState', /^failed$/);
    assert.equal(await property('ExecMainStatus'), String(exit));
    await prints(['service', 'status'], 0, 'stopped\n');
    assert.match(await property('StatusText'), words);
  };

  test('a wrong token is tried as often as the settings say, and then the service stays stopped', async () => {
    await configure(machine, `ks1_${'x'.repeat(43)}`, 'resumeRetries = 1\n');
    await staysStopped(77, /refus|token/);
  });

  test('a space that was never reached leaves it stopped too', async () => {
    await configure(machine, 'ks1_other', 'resumeRetries = 1\nendpoint = "ws://127.0.0.1:9/"\n');
    await staysStopped(78, /127\.0\.0\.1:9.*gave up after 2 attempts/);
  });

  test('settings that cannot be used are said by the step that failed', async () => {
    await machine.sh(`printf '[connect]\\nhost = "127.0.0.1"\\n' > "$1/etc/ksocket/ksocket.toml"`, home);
    const { code, stdout } = await ksocket(machine, 'service', 'restart');
    assert.equal(code, 1);
    assert.match(
      stdout,
      /Restart the service \.{3,} Failed\n {2}ksocket connect: connect\.token is not set; .*\n.*journalctl/,
    );
    assert.equal(await property('SubState'), 'failed');
  });

  test('a lost space is waited for, as the status line says, and the agent comes back by itself', async () => {
    await configure(machine, token);
    await prints(['service', 'restart'], 0, 'Get status of the service ... OK\nRestart the service ......... OK\n');
    await becomes('StatusText', /^connected to/);
    await machine.sh('systemctl kill --signal=STOP space.service; systemctl kill --signal=KILL space.service');
    await becomes('StatusText', /^connection lost: .*; trying again$/);
    await prints(['service', 'status'], 0, 'running\n');
  });

  test('install tells what the service will not reach, with the command that mends it', async () => {
    const key = '/root/.ssh/id_ed25519';
    await machine.sh(
      `mkdir -p /root/.ssh && touch ${key} && cd "$1/etc/ksocket/credentials/ssh" &&
       printf 'includes = ["192.0.2.0/24"]\\n[account]\\nusername = "a"\\nclientKeys = [{ filename = "${key}" }]\\n' > key.toml &&
       printf 'includes = ["192.0.2.0/24"]\\n' > foreign.toml && chown 65534 foreign.toml && chmod 600 foreign.toml`,
      home,
    );
    const { stderr } = await ksocket(machine, 'service', 'install', '--json');
    assert.match(stderr, /The service will not reach:\n/);
    assert.match(
      stderr,
      /foreign\.toml: ksocket may not read it\n {4}what to do: chown root:ksocket '.*' && chmod 640 '.*'\n/,
    );
    assert.match(
      stderr,
      /\/root\/\.ssh\/id_ed25519: the service does not see home directories\n.*ProtectHome=read-only/,
    );
    await machine.sh('rm -r "$1"/etc/ksocket/credentials/ssh/*.toml', home);
  });

  test('--user root is kept by later installs', async () => {
    assert.equal((await ksocket(machine, 'service', 'install', '--user', 'root')).code, 0);
    assert.equal((await ksocket(machine, 'service', 'install')).code, 0);
    assert.equal(await property('User'), 'root');
    assert.equal((await ksocket(machine, 'service', 'install', '--user', 'nobody-here')).code, 1);
    assert.equal((await ksocket(machine, 'service', 'install', '--user', 'ksocket')).code, 0);
    assert.equal(await property('User'), 'ksocket');
  });

  test('uninstall prints the lines of the manual and leaves nothing', async () => {
    await prints(
      ['service', 'uninstall'],
      0,
      `Stop the service ........ OK
Uninstall the service ... OK

Remove a service file ... OK [${unitFile}]
`,
    );
    await prints(['service', 'status'], 0, 'missing\n');
    assert.notEqual((await machine.run('getent', ['passwd', 'ksocket'])).code, 0);
    await machine.sh('rm -r /etc/systemd/system/ksocket.service.d');
    const now = await snapshot(machine);
    const own = (path: string) => path.startsWith(`${home}/var`) || path === `${home}/etc/ksocket`;
    const differs = [...new Set([...now.keys(), ...untouched.keys()])].filter(
      (path) => now.get(path) !== untouched.get(path) && !own(path) && !path.startsWith(`${home}/etc/ksocket/`),
    );
    assert.deepEqual(differs, []);
    assert.equal(await machine.sh('find "$1" ! -uid 0 -o ! -gid 0', home), '');
  });

  test('uninstalling what is not there is no fault', async () => {
    await prints(
      ['service', 'uninstall'],
      0,
      'Stop the service ........ Skip\nUninstall the service ... Skip\n\nRemove a service file ... Skip\n',
    );
  });
});
