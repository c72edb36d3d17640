/** Logins that are refused are counted before they happen, across hosts, files, scans and restarts. */
import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom, VirtualClock } from '../../../test/kit/index.js';
import { failure, Secret } from '../../contract/index.js';
import type { CredentialFile } from '../file.js';
import { accountOf } from './account.js';
import { Ledger } from './ledger.js';
import { counted } from './rules.js';
import { ledgerFolder } from './store.js';
import { fileOf, installation, logIn } from './testing/logins.js';

const minute = 60_000;

/** The files of accounts; beside them stand the salt and the lock. */
const accountsIn = async (folder: string) => (await readdir(folder)).filter((it) => it !== 'salt' && it !== '.lock');

const never = new AbortController().signal;

test('two refusals in a row spare the account for an hour, on all hosts where its name is that of a domain', async (t) => {
  const { start, clock } = await installation(t);
  const watch = start().watch();
  const wrong = fileOf('ssh/0.toml', 'CORP\\john', 'wrong');
  assert.equal(await logIn(watch, wrong, '10.0.0.1', 'E_LOGIN'), 'E_LOGIN');
  assert.equal(await logIn(watch, wrong, '10.0.0.2', 'E_LOGIN'), 'E_LOGIN');
  assert.equal(await logIn(watch, wrong, '10.0.0.3', 'E_LOGIN'), 'E_LOCKOUT');
  const other = fileOf('winrm/0.toml', 'John@corp.example.com', 'wrong');
  assert.equal(await logIn(watch, other, '10.0.0.3', 'E_LOGIN'), 'E_LOCKOUT', 'the same account in its other form');
  await clock.advance(60 * minute);
  assert.equal(await logIn(watch, wrong, '10.0.0.3', 'E_LOGIN'), 'E_LOGIN', 'one more an hour');
  assert.equal(await logIn(watch, wrong, '10.0.0.4', 'E_LOGIN'), 'E_LOCKOUT');
});

test('a plain name is another account on each host, unless its file says that it is one', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  const plain = fileOf('ssh/0.toml', 'john', 'wrong');
  const shared = fileOf('ssh/1.toml', 'john', 'wrong', 'domain');
  for (const host of ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
    assert.equal(await logIn(watch, plain, host, 'E_LOGIN'), 'E_LOGIN');
  for (const [host, comes] of [
    ['10.0.0.1', 'E_LOGIN'],
    ['10.0.0.2', 'E_LOGIN'],
    ['10.0.0.3', 'E_LOCKOUT'],
  ] as const)
    assert.equal(await logIn(watch, shared, host, 'E_LOGIN'), comes);
});

test('a login that gets in forgets what was refused before', async (t) => {
  const { start, folder } = await installation(t);
  const watch = start().watch();
  const [wrong, right] = [fileOf('ssh/0.toml', 'CORP\\john', 'wrong'), fileOf('ssh/1.toml', 'CORP\\john', 'right')];
  for (const host of ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4']) {
    assert.equal(await logIn(watch, wrong, host, 'E_LOGIN'), 'E_LOGIN');
    assert.equal(await logIn(watch, right, host, 'in'), 'in');
  }
  assert.deepEqual(await accountsIn(folder), []);
});

test('what was refused is known after a restart; a process that was killed in the middle of a login has counted it', async (t) => {
  const { start } = await installation(t);
  const wrong = fileOf('ssh/0.toml', 'CORP\\john', 'wrong');
  const dying = start().watch().login('ssh', wrong, '10.0.0.1');
  await dying.beforeSecret(never);
  assert.equal(await logIn(start().watch(), wrong, '10.0.0.2', 'E_LOGIN'), 'E_LOGIN');
  const guard = start();
  assert.equal(await logIn(guard.watch(), wrong, '10.0.0.3', 'E_LOGIN'), 'E_LOCKOUT');
  const [spared] = await guard.spared();
  assert.deepEqual({ ...spared, until: 0 }, { account: 'CORP\\john', refusals: 2, unanswered: 1, until: 0 });
});

test('the failure names the account, the file and the time, never the secret', async (t) => {
  const { start, folder, clock } = await installation(t);
  const watch = start().watch();
  const wrong = fileOf('ssh/0.toml', 'john', 'canary-password');
  for (let i = 0; i < 2; i++) await logIn(watch, wrong, '10.0.0.1', 'E_LOGIN');
  const again = new Date(clock.now() + 60 * minute).toISOString().slice(0, 16);
  await assert.rejects(watch.login('ssh', wrong, '10.0.0.1').beforeSecret(never), {
    code: 'E_LOCKOUT',
    message: `account spared after refusals: log in to 10.0.0.1 as john: 2 refused, again from ${again}Z`,
    remedy: 'correct the password in ssh/0.toml: a changed one is tried at once',
  });
  for (const name of await readdir(folder))
    assert.ok(!(await readFile(join(folder, name), 'utf8')).includes('canary'), name);
});

test('a password that was corrected is tried at once, once', async (t) => {
  const { start, clock } = await installation(t);
  const watch = start().watch();
  const wrong = fileOf('ssh/0.toml', 'CORP\\john', 'wrong');
  for (const host of ['10.0.0.1', '10.0.0.2']) await logIn(watch, wrong, host, 'E_LOGIN');
  const another = fileOf('ssh/1.toml', 'CORP\\john', 'other');
  assert.equal(await logIn(watch, another, '10.0.0.1', 'E_LOGIN'), 'E_LOCKOUT', 'another file is no correction');
  const corrected = fileOf('ssh/0.toml', 'CORP\\john', 'wrong again');
  assert.equal(await logIn(watch, corrected, '10.0.0.1', 'E_LOGIN'), 'E_LOGIN');
  assert.equal(await logIn(watch, corrected, '10.0.0.2', 'E_LOGIN'), 'E_LOCKOUT');
  const right = fileOf('ssh/1.toml', 'CORP\\john', 'right');
  assert.equal(await logIn(watch, right, '10.0.0.2', 'in'), 'E_LOCKOUT', 'one correction, and not one a file');
  await clock.advance(60 * minute);
  assert.equal(await logIn(watch, right, '10.0.0.2', 'in'), 'in');
  assert.equal(await logIn(watch, corrected, '10.0.0.3', 'E_LOGIN'), 'E_LOGIN');
});

test('a login that sends no secret counts for nothing and waits for nobody', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  const file = fileOf('ssh/0.toml', 'CORP\\john', 'wrong');
  const canary = watch.login('ssh', file, '10.0.0.1');
  await canary.beforeSecret(never);
  for (let i = 0; i < 5; i++) {
    const byKey = watch.login('ssh', file, '10.0.0.2');
    await byKey.opening(never);
    await byKey.ended(i === 0 ? undefined : failure('E_TIMEOUT', 'connect'));
  }
  assert.equal(accountOf(fileOf('ssh/0.toml', 'CORP\\john', undefined), '10.0.0.1'), undefined, 'keys alone');
  await canary.ended(failure('E_LOGIN_METHOD', 'log in'));
  for (const comes of ['E_LOGIN', 'E_LOGIN', 'E_LOCKOUT'])
    assert.equal(await logIn(watch, file, '10.0.0.3', 'E_LOGIN'), comes);
});

test('a collector that does not ask is asked for, from its first refusal on', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  const file = fileOf('acme/0.toml', 'CORP\\john', 'wrong');
  const silently = async (host: string) => {
    const login = watch.login('acme', file, host);
    try {
      await login.opening(never);
    } catch (error) {
      await login.ended(error as ReturnType<typeof failure>);
      return (error as ReturnType<typeof failure>).code;
    }
    await login.ended(failure('E_LOGIN', 'log in'));
    return 'E_LOGIN';
  };
  assert.deepEqual(
    [await silently('10.0.0.1'), await silently('10.0.0.2'), await silently('10.0.0.3')],
    ['E_LOGIN', 'E_LOGIN', 'E_LOCKOUT'],
  );
  const hanging = watch.login('acme', fileOf('acme/0.toml', 'root', 'wrong'), '10.0.0.9');
  for (let i = 0; i < 3; i++) {
    await hanging.opening(never);
    await hanging.ended(failure('E_TIMEOUT', 'connect'));
  }
});

test('the first login is a canary: the others wait for it, and all go once it is in', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  const file = fileOf('ssh/0.toml', 'CORP\\john', 'right');
  const logins = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((host) => watch.login('ssh', file, host));
  const sent: number[] = [];
  const ask = async (i: number) => {
    await logins[i]!.beforeSecret(never);
    sent.push(i);
  };
  await ask(0);
  const asked = [ask(1), ask(2)];
  assert.deepEqual(sent, [0]);
  await logins[0]!.ended(undefined);
  await Promise.all(asked);
  assert.deepEqual(sent.sort(), [0, 1, 2]);
  await Promise.all(logins.slice(1).map((login) => login.ended(undefined)));
});

test('a canary that hangs counts as refused and passes on; whoever gives up waiting leaves the others their turn', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  const file = fileOf('ssh/0.toml', 'CORP\\john', 'right');
  const [canary, impatient, next] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((host) => watch.login('ssh', file, host));
  await canary!.beforeSecret(never);
  const patience = new AbortController();
  const waiting = assert.rejects(impatient!.beforeSecret(patience.signal), { code: 'E_CANCELLED' });
  const after = next!.beforeSecret(never);
  patience.abort(failure('E_CANCELLED', 'test'));
  await waiting;
  await impatient!.ended(failure('E_CANCELLED', 'test'));
  await canary!.ended(failure('E_TIMEOUT', 'test'));
  await after;
  await next!.ended(undefined);
  assert.equal(await logIn(watch, file, '10.0.0.4', 'E_TIMEOUT'), 'E_TIMEOUT');
  assert.equal(await logIn(watch, file, '10.0.0.5', 'E_TIMEOUT'), 'E_TIMEOUT', 'it is known to be right');
  assert.equal(await logIn(start().watch(), file, '10.0.0.6', 'in'), 'in');
});

test('a secret that was right and is refused is new again', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  const file = fileOf('ssh/0.toml', 'CORP\\john', 'right');
  assert.equal(await logIn(watch, file, '10.0.0.1', 'in'), 'in');
  for (const comes of ['E_LOGIN', 'E_LOGIN', 'E_LOCKOUT'])
    assert.equal(await logIn(watch, file, '10.0.0.2', 'E_LOGIN'), comes);
});

test('a session that is open may log in once more as long as its secret is known to be right', async (t) => {
  const { start } = await installation(t);
  const watch = start().watch();
  const file = fileOf('ssh/0.toml', 'CORP\\john', 'right');
  const login = watch.login('ssh', file, '10.0.0.1');
  await login.beforeSecret(never);
  await login.ended(undefined);
  for (let i = 0; i < 3; i++) await login.beforeSecret(never);
  assert.equal(await logIn(watch, file, '10.0.0.2', 'E_LOGIN'), 'E_LOGIN');
  await assert.rejects(login.beforeSecret(never), { code: 'E_LOCKOUT' });
  assert.equal(await logIn(watch, file, '10.0.0.2', 'in'), 'in', 'no lane was left taken');
});

test('who removes the folder beside a running agent starts anew once, and two processes that begin together agree', async (t) => {
  const { start, folder } = await installation(t);
  const agent = start().watch();
  const wrong = fileOf('ssh/0.toml', 'CORP\\john', 'wrong');
  assert.equal(await logIn(agent, wrong, '10.0.0.1', 'E_LOGIN'), 'E_LOGIN');
  await rm(folder, { recursive: true });
  const command = start().watch();
  let refused = 0;
  for (let i = 0; i < 12; i++)
    if ((await logIn(i % 2 === 0 ? command : agent, wrong, '10.0.0.2', 'E_LOGIN')) === 'E_LOGIN') refused += 1;
  assert.equal(refused, 2);
  await rm(folder, { recursive: true });
  const both = [start().watch(), start().watch()];
  const came = await Promise.all(both.map((it, i) => logIn(it, wrong, `10.0.0.${i}`, 'E_LOGIN')));
  for (let i = 0; i < 12; i++) came.push(await logIn(both[i % 2]!, wrong, '10.0.0.3', 'E_LOGIN'));
  const most = came.filter((it) => it === 'E_LOGIN').length;
  assert.ok(most <= 3, `${most} refusals`);
});

test('one wrong password that is put into all files at once is sent once, and so is the first of many', async (t) => {
  for (const secretOf of [() => 'mistyped', (i: number) => `mistyped ${i}`]) {
    const { start, clock } = await installation(t);
    const guard = start();
    const filesWith = (secret: (i: number) => string) =>
      Array.from({ length: 10 }, (_, i) => fileOf(`ssh/${i}.toml`, 'CORP\\john', secret(i)));
    const scan = async (files: CredentialFile[]) => {
      const watch = guard.watch();
      let refused = 0;
      for (const it of files) if ((await logIn(watch, it, '10.0.0.1', 'E_LOGIN')) === 'E_LOGIN') refused += 1;
      return refused;
    };
    assert.equal(await scan(filesWith((i) => `old ${i}`)), 2);
    assert.equal(await scan(filesWith(secretOf)), 1);
    assert.ok(await guard.sparedIn(filesWith(() => 'right')[9]!, '10.0.0.1'), 'a second correction waits');
    await clock.advance(60 * minute);
    assert.equal(await scan(filesWith((i) => `other ${i}`)), 2, 'one more an hour, and its correction');
  }
});

test('what is too old to count is removed from the disk', async (t) => {
  const { start, clock, folder } = await installation(t);
  await logIn(start().watch(), fileOf('ssh/0.toml', 'root', 'wrong'), '10.0.0.1', 'E_LOGIN');
  await clock.advance(23 * 60 * minute);
  assert.equal((await start().spared()).length + (await accountsIn(folder)).length, 1);
  await clock.advance(2 * 60 * minute);
  const guard = start();
  guard.watch();
  await guard.spared();
  assert.deepEqual(await accountsIn(folder), []);
});

test('whoever reads after the clock went back takes nothing from what is counted meanwhile', async () => {
  const clock = new VirtualClock();
  const disk = new Map<string, string>();
  let held: (() => void) | undefined;
  let holds = false;
  let turn: Promise<unknown> = Promise.resolve();
  const store = {
    read: async (name: string) => disk.get(name),
    async write(name: string, text: string) {
      if (holds) {
        holds = false;
        await new Promise<void>((resolve) => {
          held = resolve;
        });
      }
      disk.set(name, text);
    },
    alone<T>(work: () => Promise<T>): Promise<T> {
      const mine = turn.then(work);
      turn = mine;
      return mine;
    },
    remove: async (name: string) => void disk.delete(name),
    names: async () => [...disk.keys()],
  };
  const ledger = new Ledger(store, clock, seededRandom(1));
  const account = { id: 'root', shown: 'root', secrets: [] };
  const count = (id: string) =>
    ledger.update(account, (it) => counted(it, { id, at: clock.now(), isSent: false }, 'ssh/0.toml', id));
  await count('first');
  clock.jump(-60 * minute);
  holds = true;
  const reading = ledger.read(account);
  while (held === undefined) await new Promise(setImmediate);
  const counting = count('second');
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
  held();
  await Promise.all([reading, counting]);
  assert.deepEqual(
    (await ledger.read(account)).refusals.map(({ id }) => id),
    ['first', 'second'],
  );
});

test('files whose secret was refused of late come last, so that the others get their turn', async (t) => {
  const { start, clock } = await installation(t);
  const guard = start();
  const files = ['a', 'b', 'c'].map((it) => fileOf(`ssh/${it}.toml`, 'root', it));
  const scan = async () => {
    const watch = guard.watch();
    const came: string[] = [];
    for (const file of await watch.order(files, '10.0.0.1'))
      came.push(
        `${file.name[4]} ${await logIn(watch, file, '10.0.0.1', file.name === 'ssh/c.toml' ? 'in' : 'E_LOGIN')}`,
      );
    return came;
  };
  assert.deepEqual(await scan(), ['a E_LOGIN', 'b E_LOGIN', 'c E_LOCKOUT']);
  await clock.advance(61 * minute);
  assert.deepEqual((await scan())[0], 'c in');
});

test('a clock that was set back makes nobody wait for the old time, and a file of the ledger that is damaged is none', async (t) => {
  const { start, clock, folder } = await installation(t);
  const file = fileOf('ssh/0.toml', 'root', 'wrong');
  for (let i = 0; i < 2; i++) await logIn(start().watch(), file, '10.0.0.1', 'E_LOGIN');
  clock.jump(-365 * 24 * 60 * minute);
  const [spared] = await start().spared();
  assert.equal(spared!.until, clock.now() + 60 * minute);
  await clock.advance(30 * minute);
  assert.equal((await start().spared())[0]!.until, clock.now() + 30 * minute);
  for (const name of await accountsIn(folder)) await writeFile(join(folder, name), '{"refusals":[9]}');
  assert.deepEqual(await start().spared(), []);
});

test('two processes that ask at the same moment are let in one after the other, and at most two in all', async (t) => {
  const { start } = await installation(t);
  const files = ['a', 'b', 'c', 'd'].map((it) => fileOf(`ssh/${it}.toml`, 'root', it));
  const asked = files.map((file) =>
    start()
      .watch()
      .login('ssh', file, '10.0.0.1')
      .beforeSecret(never)
      .then(
        () => 'sent',
        (error: ReturnType<typeof failure>) => error.code,
      ),
  );
  assert.deepEqual((await Promise.all(asked)).sort(), ['E_LOCKOUT', 'E_LOCKOUT', 'sent', 'sent']);
});

test('what stands on the disk of a secret fits many others, and is another for another account', async (t) => {
  const { folder, clock } = await installation(t);
  const ledger = new Ledger(ledgerFolder(folder, clock), clock, seededRandom(1));
  const marks = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => ledger.mark({ id: 'root', shown: '', secrets: [new Secret(`${i}`)] })),
  );
  // Twelve bits: of a thousand secrets about a hundred stand there as another does.
  const different = (name: 'kept' | 'whole') => new Set(marks.map((it) => it[name])).size;
  assert.equal(different('whole'), marks.length);
  assert.ok(different('kept') < marks.length - 50, `${different('kept')}`);
  const other = await ledger.mark({ id: 'admin', shown: '', secrets: [new Secret('0')] });
  assert.notEqual(other.whole, marks[0]!.whole);
});
