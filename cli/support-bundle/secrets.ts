/**
 * Everything on this machine that must not leave it, known by value before anything is collected: tokens, proxy logins, and whatever
 * credential files hold, those too that the agent refuses. Where a file cannot be parsed, every word of it that could be a value
 * counts as secret.
 */
import { join } from 'node:path';
import { expandHome, type Home, parseDocument } from '../../core/config/index.js';
import { Secret } from '../../core/contract/index.js';
import { searchOrder } from '../../core/credentials/index.js';
import { Redactor, readIfThere } from '../../core/runtime/index.js';

/** Fields of credential files that are no secret and are needed to understand a log. */
const open: ReadonlySet<string> = new Set(['includes', 'excludes', 'username', 'port', 'filename', 'timeout']);

/** Values that stand for a choice; redacting `true` or `SHA` would blank the logs. */
const choices =
  /^(?:true|false|yes|no|on|off|md5|sha\d*|des|3des|aes\d*|noauth|authnopriv|authpriv|none|public|private|basic|ntlm|kerberos|certificate|https?)$/i;

export class Secrets {
  readonly #redactor = new Redactor();

  add(value: string): void {
    if (choices.test(value)) return;
    for (const word of loginOf(value)) this.#addForms(word);
    this.#addForms(value);
  }

  #addForms(value: string): void {
    this.#redactor.add(new Secret(value));
    this.#redactor.add(new Secret(encodeURIComponent(value)));
  }

  addSettings(settings: unknown): void {
    if (settings instanceof Secret) this.add(settings.reveal());
    else if (typeof settings === 'object' && settings !== null)
      for (const it of Object.values(settings)) this.addSettings(it);
  }

  /** @returns names of the files that could not be read, whose secrets are not known */
  async addCredentials(directory: string): Promise<string[]> {
    const unknown: string[] = [];
    for (const name of await searchOrder(directory).catch(() => [])) {
      const path = join(directory, name);
      let text: string | undefined;
      try {
        text = await readIfThere(path);
        this.#addFields(parseDocument(text ?? '', path));
      } catch {
        if (text === undefined) unknown.push(name);
        else this.#addWords(text);
      }
    }
    return unknown;
  }

  async addHome(home: Home, environment: NodeJS.ProcessEnv): Promise<void> {
    const key = await readIfThere(join(home.directory, 'var/lib/space/admin-key')).catch(() => undefined);
    if (key !== undefined) this.add(key.trim());
    const unread = await readIfThere(expandHome(home.settingsFile, home)).catch(() => undefined);
    // Settings that are refused as a whole still have a token.
    for (const [, value = ''] of unread?.matchAll(/\b(?:token|proxy|password|secret\w*)\s*[=:]\s*["']?([^"'\n]+)/gi) ??
      [])
      this.add(value.trim());
    for (const [name, value = ''] of Object.entries(environment)) {
      if (/token|secret|password|passphrase/i.test(name)) this.add(value);
      if (/_proxy$/i.test(name) && value.includes('@')) this.add(value.includes('://') ? value : `http://${value}`);
    }
  }

  /** Also what only looks like a secret: tokens of earlier times, and logins in URLs. */
  redact(text: string): string {
    return this.#redactor
      .redact(text)
      .replace(/\bk[as]1_[\w-]{8,}/g, '[redacted]')
      .replace(/\b(Bearer|Basic|Token) [\w+/=.~-]{8,}/gi, '$1 [redacted]')
      .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1[redacted]@');
  }

  /** JSON stays JSON: a password may be all digits. */
  redactJson(text: string): string {
    const clean = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(clean);
      if (typeof value === 'object' && value !== null)
        return Object.fromEntries(Object.entries(value).map(([key, it]) => [this.redact(key), clean(it)]));
      if (typeof value !== 'string' && typeof value !== 'number') return value;
      const shown = this.redact(String(value));
      return shown === String(value) ? value : shown;
    };
    return `${JSON.stringify(clean(JSON.parse(text)), null, 2)}\n`;
  }

  #addFields(value: unknown): void {
    if (typeof value === 'string' || typeof value === 'number') this.add(String(value));
    else if (typeof value === 'object' && value !== null)
      for (const [name, it] of Object.entries(value)) if (!open.has(name)) this.#addFields(it);
  }

  #addWords(text: string): void {
    for (const line of text.split('\n')) {
      const [, name = '', value = ''] = /^\s*-?\s*["']?([\w.-]*)["']?\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
      if (open.has(name) || value === '') continue;
      this.add(value);
      for (const [, quoted = ''] of value.matchAll(/["']([^"']*)["']/g)) this.add(quoted);
      for (const word of value.split(/[\s"'#,]+/)) if (word.length >= 6) this.add(word);
    }
  }
}

/** The login in a URL, as it is written and as it is meant. */
function loginOf(url: string): string[] {
  const login = /^[a-z][a-z0-9+.-]*:\/\/(.*)@/is.exec(url)?.[1];
  if (login === undefined) return [];
  const words = [login, login.slice(login.indexOf(':') + 1)];
  return words.flatMap((it) => {
    try {
      return [it, decodeURIComponent(it)];
    } catch {
      return [it];
    }
  });
}
