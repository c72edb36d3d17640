/** Services and what is due later, of a Linux host. */
import type { Missing } from 'ksocket/plugin';
import { bootTime } from '../parse/os.js';
import { atJobs, cron, type ScheduledTask, timers } from '../parse/schedules.js';
import { initScripts, openrc, runit, type Service, systemdServices, upstart } from '../parse/services.js';
import type { Answers } from '../run.js';
import { stateOf, textOf } from './answers.js';

/** Only the manager that rules the host was asked. */
export function servicesOf(answers: Answers): { list: Service[] | undefined; missing: Missing[] } {
  const { parts } = answers;
  const asked = ['systemd-units', 'openrc', 'procd', 'runit', 'upstart', 'sysv'].filter((name) => parts.has(name));
  const missing: Missing[] = asked.flatMap((name) => {
    const state = stateOf(answers, name);
    return state === 'ok' ? [] : [{ field: 'services', state, reason: name }];
  });
  const read: Record<string, (text: string) => Service[]> = {
    'systemd-units': (text) => systemdServices(text, textOf(parts, 'systemd-unit-files')),
    openrc,
    procd: (text) => initScripts(text, 'procd'),
    runit,
    upstart,
    sysv: (text) => initScripts(text, 'sysv'),
  };
  // What an init script and an Upstart job both describe is one service.
  const services = new Map<string, Service>();
  for (const name of asked) {
    for (const it of read[name]?.(textOf(parts, name)) ?? []) if (!services.has(it.name)) services.set(it.name, it);
  }
  return { list: services.size > 0 ? [...services.values()] : undefined, missing };
}

export function schedulesOf(answers: Answers): { list: ScheduledTask[] | undefined; missing: Missing[] } {
  const { parts } = answers;
  const asked = ['systemd-timers', 'cron', 'crontabs', 'at'].filter((name) => parts.has(name));
  const missing: Missing[] = asked.flatMap((name) => {
    const state = stateOf(answers, name);
    const reason = name === 'crontabs' ? 'the crontabs of users are root’s to read' : name;
    return state === 'ok' ? [] : [{ field: 'scheduledTasks', state, reason }];
  });
  const list = [
    ...timers(textOf(parts, 'systemd-timers'), bootTime(textOf(parts, 'boot'))),
    ...cron(textOf(parts, 'cron'), false),
    ...cron(textOf(parts, 'crontabs'), true),
    ...atJobs(textOf(parts, 'at')),
  ];
  return { list: asked.length > 0 ? list : undefined, missing };
}
