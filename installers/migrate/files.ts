/** The files below an old etc/ksocket that come along: credential files with their keys, and the few files of plug-ins. */
import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { isYaml, parseDocument } from '../../core/config/index.js';
import { sentenceOf } from '../../core/contract/index.js';
import { maxFileBytes } from '../../core/runtime/index.js';
import { collectors } from '../install/credential-folders.js';
import type { Change } from './change.js';
import { isEncrypted } from './encrypted.js';
import { keyNames, namedKey, rewrite } from './keys.js';
import { isInside, type Source } from './source.js';

export interface Copy {
  /** Below the new etc/ksocket. */
  readonly to: string;
  readonly content: Buffer;
}

/** What is wrong with a credential file of this collector, in one sentence, or undefined. */
export type Judge = (collector: string, data: unknown, path: string) => string | undefined;

/** Plug-ins and the policy have files of their own beside the settings (1.2.1 of the manual). */
const besideSettings = /^(?:(?:azure|aws|policy)\.(?:toml|ya?ml)|known_hosts|.+\.(?:pem|crt|cer|key))$/;

export class FileGathering {
  readonly copies = new Map<string, Copy>();
  readonly changes: Change[] = [];

  constructor(
    private readonly source: Source,
    /** The new etc/ksocket, for key files that are named in full. */
    private readonly toEtc: string,
    private readonly judge: Judge,
  ) {}

  /** @param folder of the old credential files */
  async gather(folder: string): Promise<void> {
    for (const entry of await list(folder)) {
      if ((collectors as readonly string[]).includes(entry)) await this.#folder(folder, entry, entry);
      else
        this.#tell('left out', `credentials/${entry}`, [
          'no way of connecting has this name',
          '対応する接続方式がありません',
        ]);
    }
    for (const name of await list(this.source.etc)) {
      if (besideSettings.test(name)) await this.#take(join(this.source.etc, name), name);
    }
  }

  async #folder(root: string, below: string, collector: string): Promise<void> {
    for (const name of await list(join(root, below))) {
      const path = join(root, below, name);
      const to = `credentials/${below}/${name}`;
      if ((await lstat(path)).isDirectory()) await this.#folder(root, `${below}/${name}`, collector);
      else if (name.endsWith('.skeleton') || name.endsWith('.schema.json'))
        this.#tell('left out', to, [
          'an example; this version brings its own',
          '例示用ファイルです。新しいものを用意します',
        ]);
      else if (/\.(toml|ya?ml)$/.test(name)) await this.#credential(path, to, collector);
      else await this.#take(path, to);
    }
  }

  async #credential(path: string, to: string, collector: string): Promise<void> {
    const content = await this.#read(path, to);
    if (content === undefined) return;
    if (isEncrypted(content)) {
      const command = `${join(this.source.home, 'bin', 'ksocket')} decrypt ${path}`;
      this.#tell('to do', to, [
        `encrypted, not taken over; decrypt it with the old installation (${command}), then run ksinstall --from again`,
        `暗号化されているため引き継ぎません。旧環境で復号化 (${command}) してから ksinstall --from を再実行してください`,
      ]);
      return;
    }
    let text = content.toString('utf8');
    let data: unknown;
    try {
      data = parseDocument(text, path);
    } catch (error) {
      const why = sentenceOf(error);
      this.#tell('to do', to, [`not taken over: ${why}`, `引き継ぎません: ${why}`]);
      return;
    }
    for (const written of keyNames(data)) text = await this.#key(written, path, to, text);
    this.copies.set(to, { to, content: Buffer.from(text) });
    const changed = text !== content.toString('utf8');
    if (!changed) this.#tell('taken', to, await this.#modeText(path));
    const wrong = this.judge(collector, data, to);
    if (wrong !== undefined) this.#tell('to do', to, [`correct it: ${wrong}`, `修正してください: ${wrong}`]);
    if (isYaml(path))
      this.#tell('to do', to, [
        'YAML is deprecated; write it as TOML when there is time',
        'YAML 形式は非推奨です。TOML 形式への変換をお勧めします',
      ]);
  }

  /** @returns the text of the credential file, which may have to name the key anew */
  async #key(written: string, file: string, to: string, text: string): Promise<string> {
    const key = namedKey(written, file, this.source.etc, join(this.toEtc, to), this.toEtc);
    if (key.goesTo === undefined) {
      if (!isAbsolute(written)) {
        this.#tell('to do', to, [
          `its key ${written} is outside of etc/ksocket; copy it and correct filename`,
          `鍵ファイル ${written} は etc/ksocket の外にあります。コピーして filename を修正してください`,
        ]);
      } else {
        this.#tell('to do', to, [
          `its key ${written} stays where it is; the user of the service must be able to read it`,
          `鍵ファイル ${written} は移動しません。サービスのユーザーが読み取れるようにしてください`,
        ]);
      }
      return text;
    }
    await this.#take(key.path, relative(this.toEtc, key.goesTo).split(sep).join('/'));
    if (key.rewritten === undefined) return text;
    const now = rewrite(text, written, key.rewritten);
    if (now === text) {
      this.#tell('to do', to, [
        `write ${key.rewritten} for ${written}`,
        `${written} を ${key.rewritten} に書き換えてください`,
      ]);
    } else this.#tell('changed', to, [`filename is now ${key.rewritten}`, `filename を ${key.rewritten} に変更`]);
    return now;
  }

  async #take(path: string, to: string): Promise<void> {
    if (this.copies.has(to)) return;
    const content = await this.#read(path, to);
    if (content === undefined) return;
    this.copies.set(to, { to, content });
    this.#tell('taken', to, await this.#modeText(path));
  }

  /** Undefined, and told, when it may not come along. */
  async #read(path: string, to: string): Promise<Buffer | undefined> {
    try {
      // Whoever could write in the old installation must not get a file of root's copied by a link to it.
      const real = await realpath(path);
      if (!isInside(real, await realpath(this.source.home)) && !isInside(real, await realpath(this.source.etc))) {
        this.#tell('to do', to, [
          `a link to ${real}, outside of the installation; copy it yourself`,
          `インストール先の外 (${real}) へのリンクです。手動でコピーしてください`,
        ]);
        return undefined;
      }
      const it = await lstat(real);
      if (!it.isFile() || it.size > maxFileBytes) {
        this.#tell('left out', to, ['no file of at most 1 MiB', '1 MiB 以下の通常ファイルではありません']);
        return undefined;
      }
      return await readFile(real);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      this.#tell('to do', to, [`cannot be read (${code})`, `読み取れません (${code})`]);
      return undefined;
    }
  }

  async #modeText(path: string): Promise<Change['text']> {
    if (process.platform === 'win32') return ['copied', 'コピー'];
    const mode = (await lstat(path)).mode & 0o777;
    if ((mode & 0o137) === 0) return ['copied', 'コピー'];
    const was = mode.toString(8);
    return [`copied, mode ${was} → 640`, `コピー (パーミッション ${was} → 640)`];
  }

  #tell(kind: Change['kind'], what: string, text: Change['text']): void {
    this.changes.push({ kind, what, text });
  }
}

async function list(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}
