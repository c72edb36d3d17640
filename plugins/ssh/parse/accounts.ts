/** Local users and groups: /etc/passwd and /etc/group without their second field, `passwd -Sa`, and lastlog(8). */
import type { SectionData } from 'ksocket/plugin';
import { given, linesOf, present, timeOf, wordsOf } from './text.js';

type Security = SectionData['security'];
export type User = NonNullable<Security['users']>[number];
export type Group = NonNullable<Security['groups']>[number];

/** Shells that let nobody in. */
const noShell = /\/(?:nologin|false|true|sync|halt|shutdown)$/;

/** `root:0:0:root:/root:/bin/bash`; of the comment field only the name, which comes first. */
export function users(passwd: string, states: string, logins: string): User[] {
  const enabled = passwordStates(states);
  const seen = lastLogins(logins);
  return linesOf(passwd).flatMap((line) => {
    const [name = '', uid, gid, comment = '', home, shell] = line.split(':');
    // `+` includes a directory service.
    if (name === '' || uid === undefined || !/^\d{1,10}$/.test(uid) || name.startsWith('+')) return [];
    const shut = shell !== undefined && noShell.test(shell);
    return [
      {
        name,
        uid,
        ...present({
          gid: given(gid),
          fullName: given(comment.split(',', 1)[0]),
          home: given(home),
          shell: given(shell),
          enabled: shut ? false : enabled.get(name),
          lastLogin: seen.get(name),
        }),
      },
    ];
  });
}

/** `www:33:alice,bob` */
export function groups(text: string): Group[] {
  return linesOf(text).flatMap((line) => {
    const [name = '', gid, list = ''] = line.split(':');
    if (name === '' || gid === undefined || !/^\d{1,10}$/.test(gid) || name.startsWith('+')) return [];
    const members = list.split(',').filter((it) => it !== '');
    return [{ name, gid, ...(members.length > 0 && { members }) }];
  });
}

/**
 * `root P 02/11/2026 0 99999 7 -1` of passwd(1): P has a password and NP needs none, so both may log in, unless chage(1) says
 * that the account has run out. L is locked for passwords, but a key may still open it, so it says nothing.
 */
function passwordStates(text: string): Map<string, boolean> {
  const states = new Map<string, boolean>();
  let [today, asked]: [string | undefined, string | undefined] = [undefined, undefined];
  for (const line of linesOf(text)) {
    const [name, state] = wordsOf(line);
    if (line.startsWith('today:')) today = line.slice('today:'.length);
    else if (line.startsWith('user:')) asked = line.slice('user:'.length);
    else if (asked !== undefined) {
      const day = endOf(line);
      if (day !== undefined && today !== undefined && day <= today) states.set(asked, false);
    } else if (name !== undefined && (state === 'P' || state === 'PS' || state === 'NP')) states.set(name, true);
  }
  return states;
}

/** `Account expires : Jan 01, 2020` and `Password inactive : …` of chage(1): from that day on nobody gets in, by a key either (shadow(5)). */
function endOf(line: string): string | undefined {
  const match = /^(?:Account expires|Password inactive)[ \t]{0,40}: ([A-Z][a-z]{2}) (\d{2}), (\d{4})$/.exec(line);
  if (match === null) return undefined;
  const [, month = '', day = '', year = ''] = match;
  return `${year}-${String(months.indexOf(month) + 1).padStart(2, '0')}-${day}`;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
/** `Tue Dec  1 09:00:00 +0000 2026` of lastlog; last -F leaves the offset out. Both are UTC because the script sets TZ. */
const date = /[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}:\d{2}:\d{2}) (?:\+0000 )?(\d{4})/;

function lastLogins(text: string): Map<string, string> {
  const times = new Map<string, string>();
  for (const line of linesOf(text)) {
    const [name] = wordsOf(line);
    const match = date.exec(line.slice(0, 500));
    if (name === undefined || match === null || times.has(name)) continue;
    const [, month = '', day = '', time, year] = match;
    const number = String(months.indexOf(month) + 1).padStart(2, '0');
    const at = timeOf(Date.parse(`${year}-${number}-${day.padStart(2, '0')}T${time}Z`) / 1000);
    if (at !== undefined) times.set(name, at);
  }
  return times;
}
