/**
 * The host keys that were seen, in OpenSSH’s known_hosts format (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), so that an operator can
 * compare and edit them with the usual tools. Policy: a new host’s key is stored; a changed key is refused.
 */
import { createHash } from 'node:crypto';
import type { PluginState } from 'ksocket/plugin';
import { type Place, placesOf } from './known-hosts-file.js';
import { joined, KnownKeys, keysFor } from './known-keys.js';

export const knownHostsFile = 'known_hosts';

export interface KnownKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`… */
  readonly type: string;
  /** The key as it goes over the wire (RFC 4253, 6.6), base64. */
  readonly blob: string;
  readonly revoked: boolean;
}

export type Verdict = 'known' | 'new' | 'changed' | 'revoked';

/** The key type, which is the first string of the wire format. */
export function keyType(key: Buffer): string {
  const length = key.length < 4 ? 0 : key.readUInt32BE(0);
  return key.toString('latin1', 4, 4 + Math.min(length, 64));
}

/** `SHA256:…` as OpenSSH prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

export function knownHostsLine(place: Place, key: Buffer): string {
  return `${placesOf(place)[0]} ${keyType(key)} ${key.toString('base64')}`;
}

/**
 * A host that is known only with keys of other types counts as changed: the known types were asked for first, so the server no
 * longer has them, and whoever sits in between could choose a type that was never stored.
 */
export function judge(known: readonly KnownKey[], key: Buffer): Verdict {
  const blob = key.toString('base64');
  const same = known.filter((it) => it.blob === blob);
  if (same.some((it) => it.revoked)) return 'revoked';
  if (same.length > 0) return 'known';
  return known.some((it) => !it.revoked) ? 'changed' : 'new';
}

/** A key that is not known to be on disk. */
interface Pending {
  readonly place: Place;
  readonly key: Buffer;
  readonly judges: boolean;
  stored: boolean;
}

/** As the file says them, which other processes change as well, and what this one is about to add. */
export class KnownHosts {
  readonly #state: PluginState;
  #loaded: Promise<void> | undefined;
  #version: string | undefined;
  #disk = new KnownKeys('');
  #pending: Pending[] = [];
  /** The same, to look keys up. */
  #coming = new KnownKeys('');
  #writing: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;

  constructor(state: PluginState) {
    this.#state = state;
  }

  /** The keys that the host may show, by the file as it is now. */
  async keysOf(place: Place): Promise<readonly KnownKey[]> {
    await this.#load();
    return keysFor(place, [this.#disk, this.#coming]);
  }

  /**
   * Resolves when the key is stored for exactly this place, and the caller has judged it.
   * @param judges it is judged once more by what stands in the file at that moment: another process may have met the host, too
   * @returns false when it is not stored, since it must not be accepted any more
   */
  async add(place: Place, key: Buffer, judges = false): Promise<boolean> {
    await this.#load();
    if (judge(this.#disk.at(place), key) === 'known' && judge(keysFor(place, [this.#disk]), key) === 'known')
      return true;
    const pending: Pending = { place, key, judges, stored: true };
    this.#pending.push(pending);
    this.#coming.take(lineOf(pending));
    await this.#save();
    return pending.stored;
  }

  async #load(): Promise<void> {
    const version = await this.#state.version(knownHostsFile);
    if (this.#loaded === undefined || version !== this.#version) {
      this.#version = version;
      this.#loaded = this.#state.read(knownHostsFile).then((text) => this.#take(text));
    }
    try {
      await this.#loaded;
    } catch (error) {
      this.#loaded = undefined;
      throw error;
    }
  }

  #take(text = ''): void {
    if (text !== this.#disk.text) this.#disk = new KnownKeys(text);
  }

  /** One write at a time; keys that come while it runs go together into the next one. */
  #save(): Promise<void> {
    this.#queued ??= this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        this.#writing = this.#write();
        return this.#writing;
      });
    return this.#queued;
  }

  async #write(): Promise<void> {
    let batch: readonly Pending[] = [];
    let lines = '';
    let disk = this.#disk;
    await this.#state.update(knownHostsFile, (text) => {
      this.#take(text);
      disk = this.#disk;
      batch = [...this.#pending];
      lines = this.#linesFor(batch);
      return lines === '' ? undefined : joined(disk.text, lines);
    });
    if (this.#disk === disk) disk.take(lines);
    const done = new Set(batch);
    this.#pending = this.#pending.filter((it) => !done.has(it));
    this.#coming = new KnownKeys(this.#pending.map(lineOf).join(''));
  }

  #linesFor(batch: readonly Pending[]): string {
    const adding = new KnownKeys('');
    const sources = [this.#disk, adding];
    for (const it of batch) {
      const blob = it.key.toString('base64');
      const verdict = it.judges ? judge(keysFor(it.place, sources), it.key) : 'known';
      it.stored = verdict === 'known' || verdict === 'new';
      const isThere = sources.some((keys) => keys.at(it.place).some((key) => key.blob === blob));
      if (it.stored && !isThere) adding.take(lineOf(it));
    }
    return adding.text;
  }
}

const lineOf = ({ place, key }: Pending): string => `${knownHostsLine(place, key)}\n`;
