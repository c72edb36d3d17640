/** Limits of the system that a scan meets and an operator can move: neighbour tables, name servers, the clock, descriptors. */
import { getServers } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { systemClock } from '../../core/runtime/index.js';
import { type Outcome, type Step, Trouble } from '../checklist.js';

export const kernelSteps = (): Step[] => [neighbours(4), neighbours(6), nameServers, clock, descriptors];

const read = (path: string): Promise<string | undefined> => readFile(path, 'latin1').catch(() => undefined);

/** Above this share of gc_thresh3 new neighbours soon find no room, and among them the gateway (net/core/neighbour.c). */
const crowded = 0.8;

/** Only entries of this namespace are seen; the limit counts those of all. */
function neighbours(family: 4 | 6): Step {
  const folder = `/proc/sys/net/ipv${family}/neigh/default`;
  return {
    title: `neighbour table of IPv${family}`,
    async run() {
      const limits = await Promise.all([1, 2, 3].map((n) => read(`${folder}/gc_thresh${n}`)));
      if (limits.some((it) => it === undefined))
        return { skipped: true, detail: 'the system does not tell its limits' };
      const [low, middle, high] = limits.map(Number);
      // IPv6 has no such list in /proc.
      const table = family === 4 ? await read('/proc/net/arp') : undefined;
      const used = table === undefined ? undefined : table.trimEnd().split('\n').length - 1;
      const shown = `gc_thresh ${low}/${middle}/${high}`;
      if (used === undefined) return { detail: shown };
      if (used < crowded * high!) return { detail: `${shown}, ${used} used` };
      throw new Trouble(
        [`${used} of ${high} entries are used`, `${high} 件中 ${used} 件が使用中です`],
        [
          `make it larger: sysctl net.ipv${family}.neigh.default.gc_thresh3=${4 * high!}`,
          `上限を上げてください: sysctl net.ipv${family}.neigh.default.gc_thresh3=${4 * high!}`,
        ],
      );
    },
  };
}

/** Whom the system asks for names; the names of a scan are asked there too. None of them is asked here. */
const nameServers: Step = {
  title: 'name servers',
  run() {
    const servers = getServers();
    if (servers.length > 0) return { detail: servers.join(', ') };
    throw new Trouble(
      ['this machine has no name server', 'ネームサーバーが設定されていません'],
      [
        'set one in /etc/resolv.conf or the network settings',
        '/etc/resolv.conf またはネットワーク設定で指定してください',
      ],
    );
  },
};

/** Nobody is asked for the right time; but no clock can be right that stands before this version existed. */
const earliest = Date.UTC(2026, 0, 1);

const clock: Step = {
  title: 'clock',
  run() {
    const now = systemClock.now();
    const utc = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
    if (now < earliest) {
      throw new Trouble(
        [`the clock of this machine says ${utc}`, `このマシンの時刻は ${utc} です`],
        [
          'set it: with a wrong clock no certificate is valid',
          '時刻を合わせてください。時刻がずれていると証明書を検証できません',
        ],
      );
    }
    return { detail: `${utc}, ${Intl.DateTimeFormat().resolvedOptions().timeZone}; not compared with anybody` };
  },
};

/** A sweep has a few hundred connects open, each host that is read one or two more. */
const leastDescriptors = 1024;

const descriptors: Step = {
  title: 'open files',
  async run(): Promise<Outcome> {
    const line = (await read('/proc/self/limits'))?.split('\n').find((it) => it.startsWith('Max open files'));
    const [soft = '', hard = ''] = line?.slice('Max open files'.length).trim().split(/\s+/) ?? [];
    if (soft === '') return { skipped: true, detail: 'the system does not tell its limit' };
    // Node.js has raised the soft limit to the hard one already.
    if (soft === 'unlimited' || Number(soft) >= leastDescriptors) return { detail: `${soft} of ${hard}` };
    throw new Trouble(
      [`no more than ${soft} files may be open`, `開けるファイル数の上限が ${soft} です`],
      [
        `allow at least ${leastDescriptors}: LimitNOFILE= in the service unit, or ulimit -n`,
        `${leastDescriptors} 以上にしてください: サービスユニットの LimitNOFILE= または ulimit -n`,
      ],
    );
  },
};
