/** What the package brings along: pinned, under a licence that a company can take, and without an address of any registry. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = <T>(name: string) => JSON.parse(readFileSync(root + name, 'utf8')) as T;

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
}
interface Lock {
  readonly packages: Record<
    string,
    { version?: string; license?: string; dev?: boolean; optional?: boolean; resolved?: string }
  >;
}

/** Permissive licences, and the two public-domain dedications that occur. */
const accepted = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
  'Python-2.0',
  'PSF-2.0',
  'CC0-1.0',
  'Unlicense',
]);

/** Packages whose manifest names no licence in the lockfile's form, with the licence that their own file states. */
const stated: Record<string, string> = { ssh2: 'MIT', 'cpu-features': 'MIT', buildcheck: 'MIT' };

test('every direct dependency is pinned to one version', () => {
  const manifest = read<Manifest>('package.json');
  for (const [name, version] of Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  })) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});

test('everything that is installed with the package has an accepted licence', () => {
  const { packages } = read<Lock>('package-lock.json');
  const odd = Object.entries(packages)
    .filter(([path, it]) => path !== '' && !it.dev)
    .map(([path, it]) => [path.slice(path.lastIndexOf('node_modules/') + 13), it.license] as const)
    .filter(
      ([name, license]) => !(stated[name] ?? license ?? '').split(/ OR |[()]/).some((l) => accepted.has(l.trim())),
    );
  assert.deepEqual(odd, []);
});

test('the lockfile names no registry', () => {
  for (const [path, it] of Object.entries(read<Lock>('package-lock.json').packages))
    assert.equal(it.resolved, undefined, path);
});

test('no file of the repository names a package registry or a path of the machine it was written on', (t) => {
  let files: string[];
  try {
    files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
      .split('\0')
      .filter((f) => f !== '');
  } catch {
    t.skip('not a git checkout');
    return;
  }
  const forbidden = new RegExp(
    `${['registry', 'npmjs'].join('\\.')}|${['', 'work', 'main'].join('/')}\\b|${['', 'root', '\\.pyenv'].join('/')}`,
  );
  for (const file of files) {
    const match = forbidden.exec(readFileSync(root + file, 'latin1'));
    assert.equal(match, null, `${file}: ${match?.[0]}`);
  }
});
