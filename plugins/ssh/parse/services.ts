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
 * In the words of systemctl(1): a unit that says who may want it is enabled when somebody does, or when it has another name in
 * /etc, and disabled when not; one that names only others is indirect, one that names nobody static, an empty one masked.
 * `getty@tty1` is wanted by the file of its template; templates themselves are no services.
 */
function startups(files: string): Map<string, string> {
  const kinds = ['unit', 'also', 'install', 'generated', 'link', 'runtime', 'wanted', 'masked'] as const;
  const found = Object.fromEntries(kinds.map((kind) => [kind, new Set<string>()])) as Record<string, Set<string>>;
  const targets = new Map<string, string>();
  for (const line of linesOf(files)) {
    const [path = '', target] = line.split(' -> ', 2);
    const name = serviceOf(path);
    if (name === undefined) continue;
    found[path.slice(0, path.indexOf(':'))]?.add(name);
    const other = target === undefined ? undefined : serviceOf(target);
    if (other !== undefined) targets.set(name, other);
  }
  const startup = new Map<string, string>();
  const { unit, also, install, generated, link, runtime, wanted, masked } = found as Record<
    (typeof kinds)[number],
    Set<string>
  >;
  const set = (names: Iterable<string>, state: string) => {
    for (const name of names) if (!name.endsWith('@')) startup.set(name, state);
  };
  for (const name of unit) set([name], install.has(name) ? 'disabled' : also.has(name) ? 'indirect' : 'static');
  const named = [...link].filter((name) => targets.has(name));
  set(
    named.filter((name) => targets.get(name) === name),
    'linked',
  );
  set(runtime, 'enabled-runtime');
  set(generated, 'generated');
  set(
    named.map((name) => targets.get(name) ?? '').filter((target, i) => target !== named[i]),
    'enabled',
  );
  set(wanted, 'enabled');
  set(masked, 'masked');
  return startup;
}

/** The name of the service whose file that is. */
function serviceOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.endsWith(suffix) && !name.includes('*') ? name.slice(0, -suffix.length) : undefined;
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
