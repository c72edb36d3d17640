/** Services, one function a manager. */
import type { SectionData } from 'ksocket/plugin';
import { given, linesOf, present, wordsOf } from './text.js';

export type Service = NonNullable<SectionData['software']['services']>[number];

const suffix = '.service';

/**
 * `ssh.service loaded active running OpenBSD Secure Shell server` of `systemctl list-units --plain` (old versions put a dot in
 * front of what has failed), and the files of units, which also know what was never started.
 */
export function systemdServices(units: string, files: string): Service[] {
  const services = new Map<string, Service>();
  for (const line of linesOf(units)) {
    const words = wordsOf(line);
    if (words[0] === '●' || words[0] === '*') words.shift();
    const [unit = '', load, , sub, ...description] = words;
    if (!unit.endsWith(suffix) || load === undefined || load === 'not-found' || sub === undefined) continue;
    const name = unit.slice(0, -suffix.length);
    services.set(name, {
      name,
      ...present({ description: given(description.join(' ')), state: sub }),
      manager: 'systemd',
    });
  }
  for (const [name, startup] of startups(files)) {
    services.set(name, { ...(services.get(name) ?? { name, manager: 'systemd' }), startup });
  }
  return [...services.values()];
}

/**
 * In the words of systemctl(1): a unit with an [Install] section is enabled when something wants it and disabled when not, one
 * without is static, one that is a link to /dev/null masked. `getty@tty1` is wanted by the file of its template.
 */
function startups(files: string): Map<string, string> {
  const found: Record<string, Set<string>> = {
    wanted: new Set(),
    install: new Set(),
    masked: new Set(),
    unit: new Set(),
  };
  for (const line of linesOf(files)) {
    const at = line.indexOf(':');
    const name = line.slice(line.lastIndexOf('/') + 1);
    if (at > 0 && name.endsWith(suffix) && !name.includes('*'))
      found[line.slice(0, at)]?.add(name.slice(0, -suffix.length));
  }
  const { wanted, install, masked, unit } = found as Record<'wanted' | 'install' | 'masked' | 'unit', Set<string>>;
  const startup = new Map<string, string>();
  for (const name of unit) {
    if (!name.endsWith('@')) startup.set(name, install.has(name) ? 'disabled' : 'static');
  }
  for (const name of wanted) startup.set(name, 'enabled');
  for (const name of masked) startup.set(name, 'masked');
  return startup;
}

/** The last two names of each path; shells leave a pattern that matches nothing as it is. */
function pathsOf(text: string): [folder: string, name: string][] {
  return linesOf(text).flatMap((line) => {
    const [name = '', folder = ''] = line.split('/').reverse();
    return name === '' || name.includes('*') ? [] : [[folder, name] as [string, string]];
  });
}

/** Scripts of /etc/init.d that are no services. */
const noServices = /^(?:README|functions(?:\..*)?|skeleton|rcS?|halt|killall|single|boot\.local|\.depend\..*)$/;

/** Folders of OpenRC (openrc-run(8)): scripts in /etc/init.d, links in /etc/runlevels/NAME, states in /run/openrc. */
export function openrc(text: string): Service[] {
  const scripts = new Set<string>();
  const enabled = new Set<string>();
  const states = new Map<string, string>();
  for (const [folder, name] of pathsOf(text)) {
    if (folder === 'init.d') scripts.add(name);
    else if (folder === 'started' || folder === 'failed' || folder === 'inactive') states.set(name, folder);
    else enabled.add(name);
  }
  return [...scripts]
    .filter((name) => !noServices.test(name) && !name.endsWith('.sh'))
    .map((name) => ({
      name,
      state: states.get(name) ?? 'stopped',
      startup: enabled.has(name) ? 'enabled' : 'disabled',
      manager: 'openrc',
    }));
}

/** Scripts in /etc/init.d, and links S20name in rc2.d … rc5.d, or in rc.d of OpenWrt. What runs, only the scripts themselves know. */
export function initScripts(text: string, manager: 'sysv' | 'procd'): Service[] {
  const scripts = new Set<string>();
  const enabled = new Set<string>();
  for (const [folder, name] of pathsOf(text)) {
    const started = /^S\d{2}(.+)$/.exec(name)?.[1];
    if (folder === 'init.d') scripts.add(name);
    else if (started !== undefined) enabled.add(started);
  }
  return [...scripts]
    .filter((name) => !noServices.test(name))
    .map((name) => ({ name, startup: enabled.has(name) ? 'enabled' : 'disabled', manager }));
}

/** Folders or links below the folder that runit supervises. */
export function runit(text: string): Service[] {
  const names = new Set(pathsOf(text).map(([, name]) => name));
  return [...names].map((name) => ({ name, startup: 'enabled', manager: 'runit' }));
}

/** `rsyslog start/running, process 1043` of initctl(8). */
export function upstart(text: string): Service[] {
  return linesOf(text).flatMap((line) => {
    const match = /^(\S{1,100})(?: \([^)]{1,100}\))? (start|stop)\/([a-z-]{1,30})(?:,|$)/.exec(line);
    const [, name, goal, state] = match ?? [];
    if (name === undefined || state === undefined) return [];
    return [{ name, state: goal === 'start' ? state : 'stopped', manager: 'upstart' }];
  });
}
