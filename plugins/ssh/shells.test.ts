/**
 * Debian’s own shells behind a real OpenSSH server: each as the account’s login shell, which starts `/bin/sh` for us, and each as
 * `/bin/sh` itself, which reads the script. The table of what came out is printed.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import type { Section, SectionData, SectionName } from 'ksocket/plugin';
import { agent, all } from './testing/agent.js';
import { noOpenSsh, startOpenSsh, username } from './testing/openssh.js';

interface Case {
  readonly login: string;
  /** Bound over /bin/sh. */
  readonly sh: string;
  /** What the account’s start-up files say and do, by file name in its home. */
  readonly rc?: Readonly<Record<string, string>>;
}

const noisy = 'echo "Welcome to `uname -n`!"\nstty erase ^H 2>&1\necho "@0 42"\n';
const cases: readonly Case[] = [
  { login: '/bin/dash', sh: '/bin/dash', rc: { '.profile': noisy } },
  { login: '/bin/bash', sh: '/bin/bash', rc: { '.bashrc': noisy } },
  { login: '/bin/sh', sh: '/bin/busybox' },
  { login: '/bin/ksh93', sh: '/bin/ksh93', rc: { '.profile': noisy, '.kshrc': noisy } },
  { login: '/bin/mksh', sh: '/bin/mksh', rc: { '.mkshrc': noisy } },
  { login: '/usr/bin/zsh', sh: '/usr/bin/zsh', rc: { '.zshenv': noisy } },
  { login: '/usr/bin/yash', sh: '/usr/bin/yash' },
  { login: '/usr/bin/posh', sh: '/usr/bin/posh' },
  { login: '/usr/bin/fish', sh: '/bin/mksh', rc: { '.config/fish/config.fish': 'echo Welcome\nsleep 1\n' } },
  { login: '/bin/tcsh', sh: '/bin/dash', rc: { '.tcshrc': 'echo Welcome\nstty erase ^H\nsleep 1\n' } },
  { login: '/usr/bin/bsd-csh', sh: '/bin/busybox', rc: { '.cshrc': 'echo Welcome\nstty erase ^H\n' } },
];

interface Row {
  readonly login: string;
  readonly sh: string;
  readonly result: string;
}

/** What must not differ from one shell to the other. */
function essence(sections: readonly Section[]) {
  const of = <N extends SectionName>(name: N) =>
    (sections.find((it) => it.name === name)?.data ?? assert.fail(`no section ${name}`)) as SectionData[N];
  const os = of('os');
  const hardware = of('hardware');
  return {
    os: { family: os.family, id: os.id, version: os.version, hostname: os.hostname, bootTime: os.bootTime },
    cpu: hardware.cpu?.threads,
    memory: hardware.memory?.totalKiB,
    filesystems: (hardware.storage?.filesystems ?? []).length > 0,
    interfaces: of('network').interfaces?.map((it) => [it.name, it.addresses?.map(({ address }) => address).sort()]),
    packages: of('software').packages?.length,
    states: sections.map((it) => [it.name, it.state]),
  };
}

async function inspected(shell: Case): Promise<Section[]> {
  const files = Object.entries(shell.rc ?? {}).map(([name, text]) => {
    const folder = name.includes('/') ? `mkdir -p home/${name.slice(0, name.lastIndexOf('/'))}; ` : '';
    return `${folder}printf '%s' '${text.replaceAll("'", `'"'"'`)}' >home/${name}`;
  });
  const server = await startOpenSsh({
    shell: shell.login,
    mounts: [...files, `mount --bind ${shell.sh} /bin/dash`],
  });
  try {
    const session = await agent().open({ port: server.port, account: { username, password: server.password } });
    const sections = await all(session);
    await session.close();
    return sections;
  } finally {
    await server.stop();
  }
}

describe('shells', { skip: noOpenSsh() ?? false, concurrency: 3 }, () => {
  const table: Row[] = [];
  after(() => {
    for (const { login, sh, result } of table.sort((a, b) => a.login.localeCompare(b.login)))
      process.stdout.write(`login shell ${login.padEnd(18)} /bin/sh ${sh.padEnd(15)} ${result}\n`);
  });
  let reference: Promise<ReturnType<typeof essence>> | undefined;

  for (const shell of cases) {
    const missing = [shell.login, shell.sh].filter((file) => !existsSync(file));
    test(`${shell.sh} reads the script, started by ${shell.login}`, {
      skip: missing.length > 0 && missing.join(),
    }, async () => {
      reference ??= inspected({ login: '/bin/dash', sh: '/bin/dash' }).then(essence);
      const expected = await reference;
      assert.ok((expected.packages ?? 0) > 50);
      const got = essence(await inspected(shell));
      table.push({ login: shell.login, sh: shell.sh, result: `ok, ${got.packages} packages` });
      assert.deepEqual(got, expected);
    });
  }

  const rbash = '/bin/rbash';
  test('a restricted shell is asked single commands', { skip: !existsSync(rbash) && rbash }, async () => {
    reference ??= inspected({ login: '/bin/dash', sh: '/bin/dash' }).then(essence);
    const expected = await reference;
    const got = essence(await inspected({ login: rbash, sh: '/bin/dash' }));
    table.push({ login: rbash, sh: '(not permitted)', result: `single commands, ${got.packages} packages` });
    assert.deepEqual(got.os, { ...expected.os, bootTime: undefined });
    assert.deepEqual(got.interfaces, expected.interfaces);
    assert.equal(got.packages, expected.packages);
    assert.equal(got.memory, expected.memory);
  });
});
