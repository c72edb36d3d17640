/** What the service's account will not be able to read or write although the settings name it, each with its remedy (security.md, 6). */
import { readdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { expandHome, type Home, parseDocument, readSettings } from '../../core/config/index.js';
import { readText } from '../../core/runtime/index.js';
import type { Language } from '../language.js';
import { say } from '../language.js';
import type { Account } from './account.js';
import { isHidden } from './systemd-unit.js';

export interface Unreadable {
  readonly path: string;
  readonly reason: string;
  readonly remedy: string;
}

export interface Asked {
  readonly home: Home;
  readonly account: Account;
  /** Does the service run in the sandbox of our unit? */
  readonly sandboxed: boolean;
  /** Home of the operator, whose ~/.aws a scan of AWS would find on the command line. */
  readonly operatorHome: string;
  readonly language: Language;
}

export async function unreadable(asked: Asked): Promise<Unreadable[]> {
  const { home } = asked;
  const settings = await readSettings(home, { optional: true }).then(
    (it) => it.settings,
    () => undefined,
  );
  const credentials = expandHome(settings?.directories.credentials ?? join(home.etc, 'credentials'), home);
  const files = [home.settingsFile, ...(await filesBelow(home.etc)), ...(await filesBelow(credentials))];
  if (settings?.connect.caFile !== undefined) files.push(expandHome(settings.connect.caFile, home));
  for (const file of await filesBelow(credentials)) files.push(...(await keysOf(file)));
  if (settings?.operations.networksScanMode === 'aws')
    files.push(join(asked.operatorHome, '.aws', 'credentials'), join(asked.operatorHome, '.aws', 'config'));
  const found: Unreadable[] = [];
  for (const path of new Set(files)) {
    const it = await judge(path, asked);
    if (it !== undefined) found.push(it);
  }
  return [...found, ...unwritable(asked, settings?.logfile)];
}

async function judge(path: string, { home, account, sandboxed, language }: Asked): Promise<Unreadable | undefined> {
  if (sandboxed && isHidden(path, home.directory) && (await stat(path).catch(() => undefined)) !== undefined) {
    return {
      path,
      reason: say(language, [
        'the service does not see home directories',
        'サービスからホームディレクトリは見えません',
      ]),
      remedy: say(language, [
        `copy it into ${home.etc}, or run "systemctl edit ksocket" with [Service] ProtectHome=read-only${account.uid === 0 ? '' : ` and let ${account.name} read it`}`,
        `${home.etc} にコピーするか、"systemctl edit ksocket" で [Service] ProtectHome=read-only を設定${account.uid === 0 ? '' : `し、${account.name} に読み取りを許可`}してください`,
      ]),
    };
  }
  const barrier = await barrierOf(path, account);
  if (barrier === undefined) return undefined;
  const isFile = barrier === path;
  return {
    path,
    reason: isFile
      ? say(language, [`${account.name} may not read it`, `${account.name} には読み取り権限がありません`])
      : say(language, [`${account.name} may not enter ${barrier}`, `${account.name} は ${barrier} に入れません`]),
    remedy: isFile
      ? `chown root:${account.group} '${path}' && chmod 640 '${path}'`
      : say(language, [`move it into ${home.etc}`, `${home.etc} に移動してください`]),
  };
}

/** The first folder on the way, or the file itself, that the account may not use; undefined too when there is none at all. */
async function barrierOf(path: string, { uid, groups }: Account): Promise<string | undefined> {
  if (uid === 0) return undefined;
  const folders: string[] = [];
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) folders.unshift(at);
  for (const [place, bit] of [...folders.map((it) => [it, 1] as const), [path, 4] as const]) {
    const it = await stat(place).catch(() => undefined);
    if (it === undefined) return undefined;
    const shift = it.uid === uid ? 6 : groups.includes(it.gid) ? 3 : 0;
    if (((it.mode >> shift) & bit) === 0) return place;
  }
  return undefined;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((it) => /\.(toml|ya?ml)$/.test(it.name)).map((it) => join(it.parentPath ?? it.path, it.name));
}

/** Files that a credential file names, such as `account.clientKeys[].filename`. A file that is broken names none; its scan says why. */
async function keysOf(file: string): Promise<string[]> {
  const named: string[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 8) return;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && /(^|[a-z])file(name)?$/i.test(key)) named.push(inner);
      else visit(inner, depth + 1);
    }
  };
  const text = await readText(file).catch(() => '');
  try {
    visit(parseDocument(text, file), 0);
  } catch {
    return [];
  }
  return named.map((it) => (isAbsolute(it) ? it : resolve(dirname(file), it)));
}

function unwritable({ home, sandboxed, language }: Asked, logfile = '-'): Unreadable[] {
  const path = expandHome(logfile, home);
  const inside = [home.lib, join(home.directory, 'var', 'log', 'ksocket')].some((it) => path.startsWith(`${it}/`));
  if (!sandboxed || path === '-' || inside) return [];
  return [
    {
      path,
      reason: say(language, ['the service may not write there', 'サービスは書き込めません']),
      remedy: say(language, [
        `run "systemctl edit ksocket" with [Service] ReadWritePaths=${dirname(path)}`,
        `"systemctl edit ksocket" で [Service] ReadWritePaths=${dirname(path)} を設定してください`,
      ]),
    },
  ];
}
