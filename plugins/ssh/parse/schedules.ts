/** What is due later: timers of systemd, crontabs (of which only the program has left the host, see the script), jobs of at. */
import type { SectionData } from 'ksocket/plugin';
import { given, keyValues, linesOf, present, timeOf, wordsOf } from './text.js';

export type ScheduledTask = NonNullable<SectionData['software']['scheduledTasks']>[number];

/**
 * `systemctl show` separates units by blank lines; its times are UTC because the script sets TZ.
 * @param bootTime from which OnBootSec= and its like count
 */
export function timers(text: string, bootTime?: string): ScheduledTask[] {
  return text.split('\n\n').flatMap((block) => {
    const values = keyValues(block, '=');
    const id = values.get('Id') ?? '';
    if (!id.endsWith('.timer')) return [];
    const startup = values.get('UnitFileState');
    return [
      {
        name: id.slice(0, -'.timer'.length),
        kind: 'timer' as const,
        ...present({
          schedule: scheduleOf(block),
          nextRun: earliest(
            systemdTime(values.get('NextElapseUSecRealtime')),
            afterBoot(bootTime, values.get('NextElapseUSecMonotonic')),
          ),
          enabled: values.get('ActiveState') === 'active' ? true : startup === 'disabled' ? false : undefined,
        }),
      },
    ];
  });
}

/** `TimersCalendar={ OnCalendar=*-*-* 06,18:00:00 ; next_elapse=… }`, and the same with OnBootSec=15min for TimersMonotonic. */
function scheduleOf(block: string): string | undefined {
  const schedules = linesOf(block).flatMap((line) => {
    const match = /^Timers(?:Calendar|Monotonic)=\{ (On\w{1,30}=[^;{}]{1,200}?) ; /.exec(line);
    return match?.[1] === undefined ? [] : [match[1]];
  });
  return given(schedules.join(', ').replace(/USec=/g, 'Sec='));
}

/** `Tue 2026-12-01 00:00:00 UTC`; `n/a` and nothing where none is due. */
function systemdTime(text: string | undefined): string | undefined {
  const match = /^[A-Z][a-z]{2} (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) UTC$/.exec(text ?? '');
  return match === null ? undefined : timeAt(`${match[1]}T${match[2]}Z`);
}

/** Seconds; systemd.time(7). */
const spans: Record<string, number> = {
  ...{ us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86_400, w: 604_800, month: 2_629_800, y: 31_557_600 },
};

/** `12h 6min 15.561338s` on the clock that began with the boot (and stands still while a notebook sleeps); 0 and `infinity` are none. */
function afterBoot(bootTime: string | undefined, text: string | undefined): string | undefined {
  let seconds = 0;
  for (const word of wordsOf(text ?? '')) {
    const [, number = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,9})?)([a-z]{1,5})$/.exec(word) ?? [];
    const span = spans[unit];
    if (span === undefined) return undefined;
    seconds += Number(number) * span;
  }
  const boot = Date.parse(bootTime ?? '') / 1000;
  return seconds > 0 && Number.isFinite(boot) ? timeOf(Math.floor(boot + seconds)) : undefined;
}

function earliest(a: string | undefined, b: string | undefined): string | undefined {
  return a !== undefined && b !== undefined ? (a < b ? a : b) : (a ?? b);
}

function timeAt(iso: string): string | undefined {
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? undefined : timeOf(ms / 1000);
}

/**
 * File, schedule, user and program, with tabs between. The file of a user’s own crontab is named after the user; `own/` is the one
 * of who logged in. A program that could not be told from its arguments is empty.
 */
export function cron(text: string, crontabs: boolean): ScheduledTask[] {
  return linesOf(text).flatMap((line) => {
    // The last empty field of all is gone with the line ends.
    const [file = '', schedule, user = '', program = ''] = line.split('\t');
    if (schedule === undefined || file === '') return [];
    const owner = crontabs ? file.split('/').at(-1) : user;
    return [
      {
        name: program === '' ? '(not a plain command)' : program,
        kind: 'cron' as const,
        ...present({ schedule: given(schedule), user: given(owner), from: file.startsWith('own/') ? undefined : file }),
      },
    ];
  });
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12␉Tue Dec  1 09:00:00 2026 a root` of atq(1), in UTC because the script sets TZ. */
export function atJobs(text: string): ScheduledTask[] {
  return linesOf(text).flatMap((line) => {
    const [id = '', , month = '', day = '', time = '', year = '', , user] = wordsOf(line);
    if (!/^\d{1,9}$/.test(id)) return [];
    const number = String(months.indexOf(month) + 1).padStart(2, '0');
    const nextRun = timeAt(`${year}-${number}-${day.padStart(2, '0')}T${time}Z`);
    return [{ name: `at ${id}`, kind: 'at' as const, ...present({ user: given(user), nextRun }) }];
  });
}
