/** The software section: every package manager that answers, services, schedules, containers and virtual machines. */
import { type Completeness, type Missing, type Section, section } from 'ksocket/plugin';
import { apkDatabase, flatpak, pacmanDatabase, portage, slackware, snap, xbps } from '../parse/more-packages.js';
import { apk, dpkg, opkg, type Package, pacman, pkg, rpm } from '../parse/packages.js';
import type { Answers } from '../run.js';
import { answered, stateOf } from './answers.js';
import { guestsOf } from './guests.js';
import { schedulesOf, servicesOf } from './services.js';

const managers: Record<string, (text: string) => Package[]> = {
  dpkg,
  rpm,
  'apk-database': apkDatabase,
  apk,
  'pacman-database': pacmanDatabase,
  pacman,
  opkg,
  pkg,
  portage,
  xbps,
  slackware,
  snap,
  flatpak,
};

export function softwareSection(answers: Answers): Section<'software'> {
  const packages = packagesOf(answers);
  const services = servicesOf(answers);
  const schedules = schedulesOf(answers);
  const guests = guestsOf(answers);
  const missing = [...packages.missing, ...services.missing, ...schedules.missing, ...guests.missing];
  const data = {
    ...(packages.list !== undefined && { packages: packages.list }),
    ...(services.list !== undefined && { services: services.list }),
    ...(schedules.list !== undefined && { scheduledTasks: schedules.list }),
    ...guests.data,
  };
  return section('software', data, { state: packages.state, missing });
}

function packagesOf(answers: Answers): { list?: Package[]; state: Completeness; missing: Missing[] } {
  const asked = Object.entries(managers).filter(([name]) => answers.parts.has(name));
  if (asked.length === 0) {
    const onLinux = (answers.parts.get('kernel')?.text ?? '').startsWith('Linux\n');
    const state = answers.ending !== 'ok' ? answers.ending : onLinux ? 'tool-missing' : 'unsupported';
    return { state, missing: [] };
  }
  const missing: Missing[] = asked.flatMap(([name]) => {
    const state = stateOf(answers, name);
    return state === 'ok' ? [] : [{ field: 'packages', state, reason: name }];
  });
  const list = asked.flatMap(([name, parse]) => parse(answered(answers.parts, name) ?? ''));
  const state = missing[0]?.state ?? (answers.ending === 'ok' ? 'ok' : answers.ending);
  return list.length > 0 || state === 'ok' ? { list, state, missing } : { state, missing };
}
