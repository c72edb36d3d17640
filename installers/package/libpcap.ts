/** libpcap as a static library for one target: Ethernet capture on Linux and nothing else, so that nothing of the host is needed. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';
import { cached, keyOf } from './cache.js';
import { command } from './command.js';
import type { Compiler } from './compiler.js';
import { libpcap, compiler as pinnedCompiler } from './pins.js';

/** Everything that would look for a library of the machine that builds. */
const features = [
  '--disable-shared',
  '--disable-dbus',
  '--disable-bluetooth',
  '--disable-usb',
  '--disable-netmap',
  '--disable-rdma',
  '--without-libnl',
  '--without-dag',
  '--without-septel',
  '--without-snf',
  '--without-turbocap',
  '--without-dpdk',
  '--with-pcap=linux',
];

/** A folder with pcap.h, pcap/ and libpcap.a; LICENSE too. */
export function buildLibpcap(target: string, compiler: Compiler): Promise<string> {
  return cached(`libpcap-${libpcap.version}-${target}-${keyOf(libpcap, features, pinnedCompiler)}`, async (folder) => {
    const source = await libpcapSource();
    await extract({ file: join(source, libpcap.file), cwd: folder, strip: 1 });
    const cc = await compiler.script(folder);
    // The folder's name must not get into the library (__FILE__).
    const env = { CC: cc, CFLAGS: `-O2 -g0 -fPIC -w -ffile-prefix-map=${folder}=.` };
    const host = `${target.split('-')[0]}-unknown-linux-gnu`;
    await command('sh', ['./configure', `--host=${host}`, ...features], { cwd: folder, env });
    await command('make', [`-j${availableParallelism()}`, 'libpcap.a'], { cwd: folder, env });
  });
}

/** Debian's mirror keeps the source as its authors released it; APT is asked with lists of its own, the machine's stay as they are. */
export function libpcapSource(): Promise<string> {
  return cached(`libpcap-source-${libpcap.version}`, async (folder) => {
    const state = join(folder, 'apt');
    await mkdir(join(state, 'lists', 'partial'), { recursive: true });
    await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true });
    await writeFile(join(state, 'debian.sources'), await sourceEntries());
    const options = [
      '-qq',
      '-o',
      `Dir::Etc::sourcelist=${join(state, 'debian.sources')}`,
      '-o',
      'Dir::Etc::sourceparts=-',
      '-o',
      `Dir::State::lists=${join(state, 'lists')}`,
      '-o',
      `Dir::Cache=${join(state, 'cache')}`,
    ];
    await command('apt-get', [...options, 'update'], { cwd: folder });
    await command('apt-get', [...options, 'source', '--download-only', `libpcap=${libpcap.version}-1`], {
      cwd: folder,
    });
    const sha256 = createHash('sha256')
      .update(await readFile(join(folder, libpcap.file)))
      .digest('hex');
    if (sha256 !== libpcap.sha256)
      throw new Error(`${libpcap.file} is not what pins.json says: its SHA-256 is ${sha256}`);
  });
}

/** The mirrors of this machine, asked for sources. @throws Error when APT knows none in either of its forms */
async function sourceEntries(): Promise<string> {
  const folder = '/etc/apt/sources.list.d';
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.sources'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const entries = texts
    .flatMap((text) => text.split(/\n\s*\n/))
    .filter((entry) => /^Suites:.*bookworm/m.test(entry))
    .map((entry) => entry.replace(/^Types:.*$/m, 'Types: deb-src'));
  if (entries.length > 0) return entries.join('\n\n');
  const lines = (await readFile('/etc/apt/sources.list', 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => /^deb .*bookworm/.test(line))
    .map((line) => line.replace(/^deb /, 'deb-src '));
  if (lines.length === 0)
    throw new Error(
      'APT knows no mirror of Debian 12 (bookworm), where the source of libpcap comes from; build on Debian 12',
    );
  return lines.join('\n');
}
