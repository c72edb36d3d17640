/** A machine that nobody changes is the same content, however often it is looked at: this one, without the network of its neighbours. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ksocketProgram } from '../start/processes.js';
import { homeOf } from './typed.js';

interface Scanned {
  readonly nodes: readonly {
    readonly provenance: readonly { readonly section: string; readonly hash: string }[];
    readonly sections: Readonly<Record<string, unknown>>;
  }[];
}

/** Somebody may change it between two looks, as those who run other tests do; what changes by itself changes at every look. */
const mostLooks = 5;

test('two looks at this machine find the same content in every section', {
  skip: process.getuid?.() === 0 && process.platform === 'linux' ? false : 'needs root on Linux',
}, async (t) => {
  const home = await homeOf(t, { 'ksocket.toml': '' });
  const look = () => {
    const program = `ip link set lo up && '${process.execPath}' '${ksocketProgram}' scan 127.0.0.1/32 --json`;
    const { stdout, stderr } = spawnSync('unshare', ['--net', '--mount', 'sh', '-c', program], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      env: { ...process.env, LC_ALL: 'C', KSOCKET_HOME: home },
    });
    assert.ok(stdout.startsWith('{'), stderr);
    const [node] = (JSON.parse(stdout) as Scanned).nodes;
    return Object.fromEntries(node!.provenance.map(({ section, hash }) => [section, hash]));
  };
  let before = look();
  assert.ok(['hardware', 'network', 'os', 'security', 'software'].every((it) => it in before));
  for (let looks = 2; ; looks++) {
    const now = look();
    const changed = Object.keys(now).filter((it) => now[it] !== before[it]);
    if (changed.length === 0) break;
    t.diagnostic(`${changed.join(', ')} changed between two looks`);
    assert.ok(looks < mostLooks, changed.join(', '));
    before = now;
  }
});
