import assert from 'node:assert/strict';
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { z } from 'zod';
import { collector, secret } from '../contract/index.js';
import { Redactor } from '../runtime/index.js';
import { LastGood, readBook, searchOrder } from './index.js';

async function folderWith(t: { after(run: () => unknown): void }, files: Record<string, string>, mode = 0o640) {
  const root = await mkdtemp(join(tmpdir(), 'ksocket-credentials-'));
  t.after(() => rm(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
    await chmod(join(root, name), mode);
  }
  return root;
}

const ssh = collector({
  name: 'ssh',
  doc: '',
  credential: z.strictObject({
    port: z.number().default(22),
    account: z.strictObject({ username: z.string(), password: secret() }),
  }),
  setup: () => ({ open: () => assert.fail() }),
});

const file = (includes: string, more = '') =>
  `includes = ${includes}\n${more}[account]\nusername = "u"\npassword = "hunter22"\n`;

test('the search order is that of the manual’s worked example (3.2.5)', async (t) => {
  const root = await folderWith(
    t,
    Object.fromEntries(
      [
        '00_common.toml',
        '01_specific/00_common.toml',
        '01_specific/02_final.toml',
        '01_specific/_special.toml',
        '02_final.toml',
        '99-example.toml.skeleton',
        '_projectA/00_common.toml',
        '_projectA/02_final.toml',
        '_projectA/_special.toml',
        '_projectB/00_common.toml',
        '_projectB/02_final.toml',
        '_projectB/_special.toml',
      ].map((name) => [name, '']),
    ),
  );
  assert.deepEqual(await searchOrder(root), [
    '00_common.toml',
    '01_specific/00_common.toml',
    '01_specific/02_final.toml',
    '02_final.toml',
  ]);
});

test('.yaml and .yml are files too, anything else is not, a missing folder is empty', async (t) => {
  const root = await folderWith(t, { 'b.yml': '', 'a.yaml': '', 'c.toml~': '', 'd.txt': '' });
  assert.deepEqual(await searchOrder(root), ['a.yaml', 'b.yml']);
  assert.deepEqual(await searchOrder(join(root, 'nothing')), []);
});

test('excludes win over includes, matches keep the order, the one that worked comes first until a file changes', async (t) => {
  const root = await folderWith(t, {
    'ssh/0.toml': file('["10.0.0.0/8"]', 'excludes = ["10.0.0.7"]\n'),
    'ssh/1.yaml': 'includes: [10.0.0.7, "2001:db8::/32"]\nport: 10022\naccount: {username: u, password: hunter22}\n',
    'ssh/2.toml': file('["10.0.0.0/8"]'),
  });
  const redactor = new Redactor();
  const book = await readBook(root, ssh, redactor, undefined);
  const names = (address: string) => book.matching(address).map((f) => f.name);
  assert.deepEqual(book.broken, []);
  assert.deepEqual(names('10.0.0.7'), ['ssh/1.yaml', 'ssh/2.toml']);
  assert.deepEqual(names('2001:db8::1'), ['ssh/1.yaml']);
  assert.deepEqual(names('192.0.2.1'), []);
  assert.deepEqual(names('10.0.0.8'), ['ssh/0.toml', 'ssh/2.toml']);
  book.worked('10.0.0.8', book.files[2]!);
  assert.deepEqual(names('10.0.0.8'), ['ssh/2.toml', 'ssh/0.toml']);
  assert.equal(await readBook(root, ssh, redactor, book), book);
  await writeFile(join(root, 'ssh/3.toml'), file('["192.0.2.1"]'));
  await chmod(join(root, 'ssh/3.toml'), 0o600);
  assert.deepEqual(
    (await readBook(root, ssh, redactor, book)).matching('10.0.0.8').map((f) => f.name),
    ['ssh/0.toml', 'ssh/2.toml'],
  );
  assert.equal(redactor.redact('password hunter22'), 'password [redacted]');
});

test('a file that cannot be used is named with its fault, and the others still work', async (t) => {
  const root = await folderWith(t, {
    'ssh/0.toml': file('["10.0.0.0/40"]'),
    'ssh/1.toml': file('["10.0.0.0/8"]', 'prot = 22\n'),
    'ssh/2.toml': 'includes = [',
    'ssh/3.toml': '[account]\nusername = "u"\npassword = "p"\n',
    'ssh/4.toml': file('["10.0.0.0/8"]'),
  });
  const book = await readBook(root, ssh, new Redactor(), undefined);
  assert.deepEqual(
    book.files.map((f) => f.name),
    ['ssh/4.toml'],
  );
  const reasons = Object.fromEntries(book.broken.map((b) => [b.name, b.reason]));
  assert.match(reasons['ssh/0.toml']!, /includes\.0: "10\.0\.0\.0\/40" is no address or network/);
  assert.match(reasons['ssh/1.toml']!, /prot: unknown name/);
  assert.match(reasons['ssh/2.toml']!, /2\.toml:1:\d+ is no TOML/);
  assert.match(reasons['ssh/3.toml']!, /includes: /);
  for (const { reason } of book.broken) assert.ok(!reason.includes('hunter22'));
});

test('a file that everybody may read is refused with the command that mends it', {
  skip: process.platform === 'win32' ? 'modes of POSIX' : false,
}, async (t) => {
  const root = await folderWith(t, { 'ssh/0.toml': file('["10.0.0.0/8"]') }, 0o644);
  const book = await readBook(root, ssh, new Redactor(), undefined);
  assert.match(book.broken[0]!.reason, /may be read by every user of this machine \(mode 644\); chmod 640 .*0\.toml/);
  await chmod(join(root, 'ssh/0.toml'), 0o640);
  assert.deepEqual(
    (await readBook(root, ssh, new Redactor(), book)).broken,
    [],
    'the chmod that was asked for is noticed',
  );
});

test('a file of a foreign group is refused', { skip: process.getuid?.() === 0 ? false : 'needs root' }, async (t) => {
  const root = await folderWith(t, { 'ssh/0.toml': file('["10.0.0.0/8"]') }, 0o660);
  await chown(join(root, 'ssh/0.toml'), 0, 12_345);
  const book = await readBook(root, ssh, new Redactor(), undefined);
  assert.match(book.broken[0]!.reason, /may be read by group 12345, which is not the service's; chmod 600/);
});

test('root takes the group to which root has given the folder, unless everybody may enter it', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, async (t) => {
  const root = await folderWith(t, { 'ssh/0.toml': file('["10.0.0.0/8"]') });
  await chown(join(root, 'ssh/0.toml'), 0, 12_345);
  const broken = async (mode: number, uid = 0) => {
    await chown(root, uid, 12_345);
    await chmod(root, mode);
    return (await readBook(root, ssh, new Redactor(), undefined)).broken.length;
  };
  assert.deepEqual([await broken(0o750), await broken(0o755), await broken(0o750, 12_345)], [0, 1, 1]);
});

test('what a parser quotes of a broken file is not repeated', async (t) => {
  const root = await folderWith(t, {
    'ssh/0.yaml': 'includes: [10.0.0.0/8]\naccount: {username: u, password: *Sup3rS3cret}\n',
    'ssh/1.yaml': 'includes: [10.0.0.0/8]\naccount: {username: u, password: !Sup3rS3cret x}\n',
    'ssh/2.toml': 'includes = ["10.0.0.0/8"]\n[account]\npassword = Sup3rS3cret\n',
  });
  const book = await readBook(root, ssh, new Redactor(), undefined);
  assert.equal(book.broken.length, 3);
  for (const { reason } of book.broken) assert.ok(!reason.includes('Sup3r'), reason);
});

test('which file got in is known after a restart, until any file changes', async (t) => {
  const root = await folderWith(t, { 'ssh/0.toml': file('["10.0.0.0/8"]'), 'ssh/1.toml': file('["10.0.0.0/8"]') });
  const kept = join(root, 'lib/last-good.json');
  const read = async () => {
    const book = await readBook(root, ssh, new Redactor(), undefined);
    await new LastGood(kept).restore('ssh', book);
    return book;
  };
  const first = await read();
  first.worked('10.0.0.1', first.files[1]!);
  await new LastGood(kept).save(new Map([['ssh', first]]));
  const names = async () => (await read()).matching('10.0.0.1').map((it) => it.name);
  assert.deepEqual(await names(), ['ssh/1.toml', 'ssh/0.toml']);
  await writeFile(kept, '{"ssh":');
  assert.deepEqual(await names(), ['ssh/0.toml', 'ssh/1.toml'], 'what is damaged is nothing');
  await new LastGood(kept).save(new Map([['ssh', first]]));
  await chmod(join(root, 'ssh/0.toml'), 0o600);
  assert.deepEqual(await names(), ['ssh/0.toml', 'ssh/1.toml']);
});

test('a folder that may not be read is told, and the files beside it are used', {
  skip: process.getuid?.() === 0 && process.platform === 'linux' ? false : 'needs root on Linux',
}, async (t) => {
  const names = ['ssh/0.toml', 'ssh/1_東京/0.toml', 'ssh/2.toml', 'snmp/0.toml'];
  const files = names.map((name) => [name, file('["10.0.0.0/8"]')]);
  const root = await folderWith(t, Object.fromEntries(files), 0o600);
  for (const name of ['.', 'ssh', 'ssh/0.toml', 'ssh/2.toml']) await chown(join(root, name), 65_534, 65_534);
  await chmod(join(root, 'ssh/1_東京'), 0o711);
  await chmod(join(root, 'snmp'), 0o700);
  process.seteuid?.(65_534);
  try {
    const book = await readBook(root, ssh, new Redactor(), undefined);
    assert.deepEqual(
      book.files.map((it) => it.name),
      ['ssh/0.toml', 'ssh/2.toml'],
    );
    assert.deepEqual(
      book.broken.map((it) => it.name),
      ['ssh/1_東京/'],
    );
    assert.match(book.broken[0]!.reason, /1_東京\/ may not be read by this user; check its owner and mode: ls -ld /);
    const closed = await readBook(root, collector({ ...ssh, name: 'snmp' }), new Redactor(), undefined);
    assert.match(closed.broken[0]!.reason, /snmp may not be read by this user/);
  } finally {
    process.seteuid?.(0);
  }
});

test('a link to a file is read, one to nowhere is told with what to look at, and a volume of Kubernetes is read once', {
  skip: process.platform === 'win32' ? 'links need a privilege there' : false,
}, async (t) => {
  const root = await folderWith(t, { 'ssh/..2024_01_01/0.toml': file('["10.0.0.0/8"]') });
  await symlink('..2024_01_01', join(root, 'ssh/..data'));
  await symlink('..data/0.toml', join(root, 'ssh/0.toml'));
  await symlink('nowhere', join(root, 'ssh/1.toml'));
  const book = await readBook(root, ssh, new Redactor(), undefined);
  assert.deepEqual(
    book.files.map((it) => it.name),
    ['ssh/0.toml'],
  );
  assert.match(
    book.broken[0]!.reason,
    /ssh\/1\.toml cannot be read: ENOENT; see where it leads, if it is a link: ls -ld /,
  );
  assert.equal(book.broken.length, 1);
});

test('what two processes learn at the same time is all known afterwards, and the later word of one address holds', async (t) => {
  const root = await folderWith(t, { 'ssh/0.toml': file('["10.0.0.0/8"]'), 'ssh/1.toml': file('["10.0.0.0/8"]') });
  const kept = join(root, 'lib/last-good.json');
  const process = async () => {
    const book = await readBook(root, ssh, new Redactor(), undefined);
    const lastGood = new LastGood(kept);
    await lastGood.restore('ssh', book);
    const first = (address: string) => book.matching(address)[0]!.name;
    return { book, save: () => lastGood.save(new Map([['ssh', book]])), first };
  };
  const [agent, scan] = await Promise.all([process(), process()]);
  agent.book.worked('10.0.0.1', agent.book.files[1]!);
  scan.book.worked('10.0.0.2', scan.book.files[1]!);
  await Promise.all([agent.save(), scan.save()]);
  const later = await process();
  assert.deepEqual(['10.0.0.1', '10.0.0.2'].map(later.first), ['ssh/1.toml', 'ssh/1.toml']);
  later.book.worked('10.0.0.1', later.book.files[0]!);
  await later.save();
  agent.book.worked('10.0.0.3', agent.book.files[1]!);
  await agent.save();
  const last = await process();
  assert.deepEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(last.first), ['ssh/0.toml', 'ssh/1.toml', 'ssh/1.toml']);
});

test('whatever slipped between a name and its value, the value is not repeated', async (t) => {
  const root = await folderWith(t, { 'ssh/0.yaml': '', 'ssh/1.toml': '' });
  const canary = 's3cretCanary';
  const gap = fc.string({
    unit: fc.constantFrom(...':=;,|/\\"\'`@#&*!?%(){}[]<>~^+$ \t：＝　'),
    minLength: 1,
    maxLength: 3,
  });
  let unknown = 0;
  const property = fc.asyncProperty(gap, fc.boolean(), async (between, flow) => {
    const slip = `password${between}${canary}`;
    const account = flow ? `account: {username: john, ${slip}}` : `account:\n  username: john\n  ${slip}: x`;
    await writeFile(join(root, 'ssh/0.yaml'), `includes: [10.0.0.0/8]\n${account}\n`);
    await writeFile(join(root, 'ssh/1.toml'), `includes = ["10.0.0.0/8"]\n[account]\nusername = "u"\n${slip} = "x"\n`);
    const { broken } = await readBook(root, ssh, new Redactor(), undefined);
    for (const { reason, fault } of broken) {
      // With its cause, in which parsers draw a piece of the file.
      assert.ok(!`${reason} ${fault.sentence} ${inspect(fault)}`.includes(canary), reason);
      if (/unknown name/.test(reason)) unknown++;
    }
  });
  await fc.assert(property, {
    numRuns: 100,
    examples: [
      [':', true],
      ['=', true],
      [' ', true],
      [',', true],
      [': ab,', true],
      [': !x<', true],
      [': !', true],
      [': *"', true],
    ],
  });
  assert.ok(unknown > 0);
});
