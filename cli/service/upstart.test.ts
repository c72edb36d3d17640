/**
 * Upstart by what its clients print. Synthetic: no system at hand runs Upstart; the lines are those of initctl(8) and of the Upstart Cookbook
 * (upstart.ubuntu.com/cookbook, "Job States" and "Determining the version"), the job is held against init(5).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { kindOf } from './machine.js';
import { type Answer, answers, transcript } from './testing/recorded.js';
import { readState, Upstart } from './upstart.js';
import { jobText } from './upstart-job.js';

const said = (stdout: string, stderr = '', code = 0) => ({ code, stdout, stderr });

for (const [state, it] of [
  ['running', said('ksocket start/running, process 123\n')],
  ['stopped', said('ksocket stop/waiting\n')],
  ['processing', said('ksocket start/starting\n')],
  ['processing', said('ksocket start/pre-start, process 4321\n')],
  ['processing', said('ksocket start/spawned, process 4322\n')],
  ['processing', said('ksocket stop/killed, process 4322\n')],
  ['processing', said('ksocket start/post-start, (post-start) process 12\n')],
  ['missing', said('', 'initctl: Unknown job: ksocket\n', 1)],
] as const) {
  test(`${(it.stdout || it.stderr).trim()} is ${state}`, () => assert.equal(readState(it), state));
}

test('an answer that is none is said, and not taken for a state', () => {
  const words =
    'initctl: Unable to connect to Upstart: Failed to connect to socket /com/ubuntu/upstart: Connection refused';
  assert.throws(() => readState(said('', `${words}\n`, 1)), /Unable to connect to Upstart/);
});

test('systemd is seen first, Upstart by its version, and where there is neither it is said what to do', async () => {
  const upstart = answers(['initctl version', { stdout: 'init (upstart 1.12.1)\n' }]).run;
  const around = { platform: 'linux' as const, run: upstart, exists: async () => false };
  assert.equal(await kindOf(around), 'upstart');
  assert.equal(await kindOf({ ...around, exists: async (path) => path === '/run/systemd/system' }), 'systemd');
  assert.equal(await kindOf({ ...around, platform: 'win32' }), 'windows');
  await assert.rejects(kindOf({ ...around, run: answers().run }), /neither systemd nor Upstart runs this machine/);
});

function upstartOn(t: TestContext, ...script: Answer[]) {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-upstart-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const recorded = transcript(...script);
  const [home, jobs] = [join(folder, 'k socket'), join(folder, 'init')];
  return { backend: new Upstart({ run: recorded.run, home, jobs }), jobs, recorded };
}

test('the job is made in the installation, handed over as it is, and taken back', async (t) => {
  const { backend, jobs, recorded } = upstartOn(t, ['initctl reload-configuration'], ['initctl reload-configuration']);
  await backend.describe('ksocket');
  await backend.install();
  assert.equal(readFileSync(join(jobs, 'ksocket.conf'), 'utf8'), readFileSync(backend.file, 'utf8'));
  await backend.uninstall();
  assert.deepEqual(readdirSync(jobs), []);
  recorded.ended();
});

test('a job that is not of this installation stays', async (t) => {
  const { backend, jobs } = upstartOn(t, ['initctl reload-configuration']);
  await backend.describe('ksocket');
  await backend.install();
  await backend.describe('somebody');
  await assert.rejects(backend.uninstall(), /ksocket\.conf is not what this installation has written/);
  assert.deepEqual(readdirSync(jobs), ['ksocket.conf']);
});

test('a restart reads the job anew, and starts one that stands', async (t) => {
  const runs = upstartOn(
    t,
    ['initctl status ksocket', { stdout: 'ksocket start/running, process 123\n' }],
    ['initctl stop ksocket', { stdout: 'ksocket stop/waiting\n' }],
    ['initctl start ksocket', { stdout: 'ksocket start/running, process 124\n' }],
  );
  await runs.backend.restart();
  runs.recorded.ended();
  const stands = upstartOn(
    t,
    ['initctl status ksocket', { stdout: 'ksocket stop/waiting\n' }],
    ['initctl start ksocket', { code: 1, stderr: 'initctl: Job failed to start\n' }],
  );
  await assert.rejects(stands.backend.restart(), /initctl start ksocket: initctl: Job failed to start/);
});

test('the job restarts what can be mended by a start, and nothing else', () => {
  const text = jobText({ home: '/opt/a "b" $c', account: 'ksocket' });
  assert.match(text, /^respawn$/m);
  assert.match(text, /^normal exit 0 77 78$/m);
  assert.match(text, /^setuid ksocket$/m);
  assert.match(text, /^exec "\/opt\/a \\"b\\" \\\$c\/bin\/ksocket" connect$/m);
  assert.throws(() => jobText({ home: '/opt/a\nexec evil', account: 'ksocket' }), /cannot stand in a service file/);
});
