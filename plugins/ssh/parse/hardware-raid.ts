/** Arrays of RAID controllers: Broadcom's (storcli, perccli: JSON) and HPE's (ssacli: text). Both write GB for 2^30 bytes. */
import type { RaidArray } from './block-tree.js';
import { linesOf, present } from './text.js';

const units: Record<string, number> = { MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3, PB: 1024 ** 4 };

/** `278.875 GB` */
function sizeKiB(text: string | undefined): number | undefined {
  const match = /^(\d{1,7}(?:\.\d{1,6})?) ([MGTP]B)$/.exec(text ?? '');
  return match === null ? undefined : Math.floor(Number(match[1]) * (units[match[2] ?? ''] ?? 0));
}

type Json = Record<string, unknown>;

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((it) => typeof it === 'object' && it !== null) : [];
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What storcli abbreviates: `Optl` is optimal, `Pdgd` partially degraded, `Dgrd` degraded, `OfLn` offline, `Rec` in recovery. */
const intact = new Set(['Optl']);

export function storcli(text: string): RaidArray[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [];
  }
  const controllers = objects((parsed as Json | null)?.Controllers);
  return controllers.flatMap((controller, index) => {
    const data = controller['Response Data'] as Json | null | undefined;
    const drives = objects(data?.['PD LIST']);
    return objects(data?.['VD LIST']).flatMap((it) => {
      const place = string(it['DG/VD']);
      if (place === undefined) return [];
      const [group = '', volume = ''] = place.split('/');
      const members = drives.filter((drive) => String(drive.DG) === group).map((drive) => string(drive['EID:Slt']));
      const state = string(it.State);
      return [
        {
          name: string(it.Name) ?? `/c${index}/v${volume}`,
          ...present({
            level: string(it.TYPE)?.toLowerCase(),
            state,
            degraded: state === undefined ? undefined : !intact.has(state),
            sizeKiB: sizeKiB(string(it.Size)),
          }),
          members: members.filter((member) => member !== undefined),
        },
      ];
    });
  });
}

/**
 *   Smart Array P420i in Slot 0 (Embedded)   (sn: …)
 *      array A (SAS, Unused Space: 0 MB)
 *         logicaldrive 1 (1.8 TB, RAID 1+0, OK)
 *         physicaldrive 1I:1:1 (port 1I:box 1:bay 1, SATA, 1 TB, OK)
 */
export function ssacli(text: string): RaidArray[] {
  const arrays: RaidArray[] = [];
  let slot = '';
  let group: (RaidArray & { members: string[] })[] = [];
  for (const line of linesOf(text)) {
    const words = line.trim();
    const controller = /^\S.{0,80} in Slot (\d{1,3})/.exec(line);
    if (controller) {
      slot = controller[1] ?? '';
      group = [];
    } else if (/^array /i.test(words) || words === 'unassigned') group = [];
    else if (words.startsWith('logicaldrive ')) {
      const match = /^logicaldrive (\d{1,4}) \((.{1,200})\)$/.exec(words);
      const [size, level, state] = (match?.[2] ?? '').split(', ');
      if (match === null || state === undefined) continue;
      const it = {
        name: `slot ${slot} logicaldrive ${match[1]}`,
        ...present({ level: level?.replace('RAID ', 'raid').toLowerCase(), sizeKiB: sizeKiB(size) }),
        state,
        degraded: state !== 'OK',
        members: [],
      };
      group.push(it);
      arrays.push(it);
    } else if (words.startsWith('physicaldrive ')) {
      const name = words.split(' ', 2)[1];
      if (name !== undefined) for (const it of group) it.members.push(name);
    }
  }
  return arrays;
}
