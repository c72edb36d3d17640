/** Secrets in credential files: what decrypts, what does not any more, and what the file looks like. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { z } from 'zod';
import { collector, Secret, secret } from '../../contract/index.js';
import { Redactor, systemRandom } from '../../runtime/index.js';
import { readBook } from '../index.js';
import { Keyring, sealText, unsealText } from './index.js';

const ssh = collector({
  name: 'ssh',
  doc: '',
  credential: z.strictObject({
    account: z.strictObject({
      username: z.string(),
      password: secret().optional(),
      clientKeys: z.array(z.strictObject({ filename: z.string(), passphrase: secret().optional() })).default([]),
    }),
  }),
  setup: () => ({ open: () => assert.fail() }),
});

const toml = `# Kommentar: 合言葉
includes = ["10.10.0.0/24", "10.20.0.1"]   # whom
excludes = ["10.10.0.1"]

[account]
username = "john"
password = "passw0rd"   # Passwort

[[account.clientKeys]]
filename = "id_rsa"
passphrase = 'Common password'

[[account.clientKeys]]
filename = "/root/.ssh/id_rsa"
`;

async function placeOf(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'ksocket-sealing-'));
  t.after(() => rm(folder, { recursive: true }));
  const keyring = new Keyring([join(folder, 'credential.key')]);
  const parts = { collector: ssh, keyring, random: systemRandom };
  const read = async (text: string, name = 'ssh/0.toml') => {
    const path = join(folder, 'credentials', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    await chmod(path, 0o600);
    const book = await readBook(join(folder, 'credentials'), ssh, new Redactor(), undefined, keyring);
    return { credential: plain(book.files[0]?.credential), fault: book.broken[0]?.fault };
  };
  return { folder, keyring, parts, read };
}

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null, (_, it) => (it instanceof Secret ? it : it)));
const sealed = /"ksocket:1:[0-9a-f]{8}:[\w-]{86}"/g;

test('every secret field is encrypted where it stands, the agent reads the same, and decrypting gives the text back', async (t) => {
  const { folder, parts, read } = await placeOf(t);
  const { text, count } = await sealText('0.toml', toml, parts);
  assert.equal(count, 2);
  assert.equal(text.replace(sealed, '*'), toml.replace('"passw0rd"', '*').replace("'Common password'", '*'));
  const revealed = (value: unknown) => (value as { reveal(): string }).reveal();
  await read(text);
  const book = await readBook(join(folder, 'credentials'), ssh, new Redactor(), undefined, parts.keyring);
  const { account } = book.files[0]!.credential as {
    account: { password: Secret; clientKeys: { passphrase: Secret }[] };
  };
  assert.equal(revealed(account.password), 'passw0rd');
  assert.equal(revealed(account.clientKeys[0]!.passphrase), 'Common password');
  const back = await unsealText('0.toml', text, parts);
  assert.equal(back.text, toml.replace("'Common password'", '"Common password"'));
  if (process.platform !== 'win32') assert.equal((await stat(join(folder, 'credential.key'))).mode & 0o777, 0o440);
});

test('a second time changes nothing, a mixed file only what is clear, and equal secrets look different', async (t) => {
  const { parts } = await placeOf(t);
  const first = await sealText('0.toml', toml, parts);
  assert.deepEqual(await sealText('0.toml', first.text, parts), { text: first.text, count: 0, linesInClear: [] });
  const mixed = first.text.replace('filename = "/root/.ssh/id_rsa"', 'filename = "x"\npassphrase = "passw0rd"');
  const second = await sealText('0.toml', mixed, parts);
  assert.equal(second.count, 1);
  const words = second.text.match(sealed)!;
  assert.equal(new Set(words).size, 3);
  assert.deepEqual(words.slice(0, 2), first.text.match(sealed));
});

test('a file whose scope was changed, and a secret that was moved or altered, do not decrypt, and it says so', async (t) => {
  const { parts, read } = await placeOf(t);
  const { text } = await sealText('0.toml', toml, parts);
  const [password, passphrase] = text.match(sealed)!;
  const swapped = text.replace(password!, '@').replace(passphrase!, password!).replace('@', passphrase!);
  for (const [what, wrong] of [
    ['widened', text.replace('"10.20.0.1"', '"0.0.0.0/0"')],
    ['narrowed', text.replace(', "10.20.0.1"', '')],
    ['without excludes', text.replace('excludes = ["10.10.0.1"]', '')],
    ['moved to another field', swapped],
    [
      'altered',
      text.replace(password!, `${password!.slice(0, 40)}${password![40] === 'A' ? 'B' : 'A'}${password!.slice(41)}`),
    ],
  ] as const) {
    const { fault } = await read(wrong);
    assert.equal(fault?.code, 'E_CREDENTIAL', what);
    assert.match(
      fault.message,
      /account\.\S+ was encrypted for other includes and excludes, another field or another collector, or was changed$/,
      what,
    );
    assert.match(fault.remedy!, /put them back as they were, run "ksocket decrypt"/);
  }
  const reordered = text.replace('["10.10.0.0/24", "10.20.0.1"]', '["10.20.0.1", "10.10.0.77/24", "10.20.0.1"]');
  assert.equal((await read(reordered)).fault, undefined, 'the same addresses, written otherwise');
  const other = collector({ ...ssh, name: 'winrm' });
  await assert.rejects(unsealText('0.toml', text, { ...parts, collector: other }), { code: 'E_CREDENTIAL' });
});

test('without its key, with another one, and cut short: each is said', async (t) => {
  const { folder, parts, read } = await placeOf(t);
  const { text } = await sealText('0.toml', toml, parts);
  const key = join(folder, 'credential.key');
  const kept = await readFile(key);
  await rm(key);
  assert.match(
    (await read(text)).fault!.message,
    /account\.password is encrypted with the key [0-9a-f]{8}, and there is no key$/,
  );
  await parts.keyring.first(systemRandom);
  assert.match((await read(text)).fault!.message, /and the keys here are [0-9a-f]{8}$/);
  await rm(key);
  await writeFile(key, kept);
  await chmod(key, 0o644);
  if (process.platform !== 'win32')
    assert.match((await read(text)).fault!.message, /credential\.key may be read by every user/);
  await chmod(key, 0o400);
  assert.equal((await read(text)).fault, undefined, 'the key that is back is noticed');
  const cut = text.replace(/(ksocket:1:\S{30})[^"]*/, '$1');
  assert.match((await read(cut)).fault!.message, /account\.password is encrypted, and damaged$/);
  await chmod(key, 0o600);
  await writeFile(key, 'short\n');
  assert.match((await read(text)).fault!.message, /credential\.key is damaged/);
});

test('YAML, and a new key: what is encrypted is encrypted again, then the old key can go', async (t) => {
  const { folder, parts, keyring } = await placeOf(t);
  const yaml = 'includes: [10.0.0.0/8]\naccount: {username: u, password: hunter2} # c\n';
  const first = await sealText('0.yaml', yaml, parts);
  assert.equal(first.text.replace(sealed, '*'), yaml.replace('hunter2', '*'));
  const old = (await keyring.keys())[0]!;
  const key = await keyring.renew(systemRandom);
  assert.deepEqual(
    (await keyring.keys()).map((it) => it.id),
    [key.id, old.id],
  );
  const second = await sealText('0.yaml', first.text, parts, true);
  assert.ok(second.text.includes(`ksocket:1:${key.id}:`));
  assert.match(await readFile(keyring.file, 'utf8'), /^# .*\n\S{43}\n# Earlier keys: .*\n\S{43}\n$/);
  assert.deepEqual(
    (await keyring.earlier()).map((it) => it.id),
    [old.id],
  );
  assert.equal(await keyring.forget(new Set([old.id, key.id])), 1, 'never the one that encrypts');
  assert.equal((await unsealText('0.yaml', second.text, parts)).text, yaml.replace('hunter2', '"hunter2"'));
  const systemd = new Keyring([join(folder, 'credential.key'), join(folder, 'other.key')]);
  await assert.rejects(systemd.renew(systemRandom), { code: 'E_INPUT' });
  assert.equal((await systemd.first(systemRandom)).id, key.id);
});

test('keys that processes make at the same moment are all kept, the first one too', async (t) => {
  const { folder } = await placeOf(t);
  const file = join(folder, 'credential.key');
  const [sealing, runtime] = ['./index.js', '../../runtime/index.js'].map((it) => new URL(it, import.meta.url).href);
  // One makes the first key where there is none, which another one's new key must not erase.
  const script = `import { Keyring } from '${sealing}'; import { systemRandom } from '${runtime}';
    const keyring = new Keyring([${JSON.stringify(file)}]);
    console.log((await keyring.first(systemRandom)).id);
    for (let n = 0; n < 10; n++) console.log((await keyring.renew(systemRandom)).id);`;
  const made = await Promise.all(
    [1, 2, 3].map(() => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])),
  );
  const told = new Set(made.flatMap(({ stdout }) => stdout.trim().split('\n')));
  const kept = (await new Keyring([file]).keys()).map(({ id }) => id);
  assert.deepEqual(kept.sort(), [...told].sort());
  assert.ok(kept.length >= 31);
});

test('a file that the collector would not read is not encrypted', async (t) => {
  const { folder, parts } = await placeOf(t);
  for (const wrong of [toml.replace('username', 'usrname'), toml.replace('10.10.0.0/24', '10.10.0.0/99'), 'x'])
    await assert.rejects(sealText('0.toml', wrong, parts), { code: 'E_INPUT' });
  await assert.rejects(stat(join(folder, 'credential.key')), { code: 'ENOENT' });
});

test('a key that systemd hands over may have the mode of its ACL, r--r-----, but not be open to all', {
  skip: process.getuid?.() === 0 && process.platform === 'linux' ? false : 'needs root on Linux',
}, async (t) => {
  const { folder, keyring } = await placeOf(t);
  const key = await keyring.first(systemRandom);
  const credential = join(folder, 'ksocket.key');
  await writeFile(credential, await readFile(keyring.file));
  await chmod(credential, 0o440);
  await chown(credential, 0, 12_345);
  const handed = new Keyring([credential, join(folder, 'none.key')]);
  assert.equal((await handed.keys())[0]!.id, key.id);
  await assert.rejects(new Keyring([credential]).keys(), /may be read by group 12345/, 'ours is not let off');
  await chmod(credential, 0o444);
  await assert.rejects(handed.keys(), /may be read by every user/);
});
