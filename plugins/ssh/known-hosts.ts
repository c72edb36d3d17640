/**
 * The host keys that were seen, in OpenSSH’s known_hosts format (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), so that an operator can
 * compare and edit them with the usual tools. Policy: a new host’s key is stored; a changed key is refused.
 */
import { createHash } from 'node:crypto';
import type { Host } from 'ksocket/plugin';
import { isAt, isHashed, linesOf, type Place, placesOf } from './known-hosts-file.js';

export const knownHostsFile = 'known_hosts';
/** Written by whoever changes that file beside the agent, which then reads it again. It is small, so it is looked at for each login. */
export const changeMark = 'known_hosts.changed';

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
  const same = known.find((it) => it.blob === blob);
  if (same) return same.revoked ? 'revoked' : 'known';
  return known.some((it) => !it.revoked) ? 'changed' : 'new';
}

export class KnownHosts {
  readonly #state: Host<unknown>['state'];
  #loaded: Promise<void> | undefined;
  #mark: string | undefined;
  #text = '';
  readonly #keys = new Map<string, KnownKey[]>();
  /** Entries whose place can only be compared. */
  #hashed: (readonly [place: string, key: KnownKey])[] = [];
  /** Lines that are not known to be on disk. */
  #pending: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;

  constructor(state: Host<unknown>['state']) {
    this.#state = state;
  }

  /**
   * The keys that the host may show. Until one is stored for a host behind hops, those of its bare address stand for it: an
   * operator’s known_hosts names no ways. What is revoked for the address is revoked on every way.
   */
  async keysOf(place: Place): Promise<readonly KnownKey[]> {
    await this.#load();
    const own = this.#at(place);
    if (place.via.length === 0) return own;
    const bare = this.#at({ ...place, via: [] });
    return [...own, ...(own.some((it) => !it.revoked) ? bare.filter((it) => it.revoked) : bare)];
  }

  /** Resolves when the key is stored for exactly this place. The caller has judged it. */
  async add(place: Place, key: Buffer): Promise<void> {
    await this.#load();
    const blob = key.toString('base64');
    if (this.#at(place).some((it) => it.blob === blob)) return this.#queued ?? this.#writing;
    const line = knownHostsLine(place, key);
    this.#pending.push(line);
    this.#take(line);
    return this.#save();
  }

  #at(place: Place): KnownKey[] {
    const hashed = this.#hashed.filter(([text]) => isAt(text, place));
    return [...placesOf(place).flatMap((it) => this.#keys.get(it) ?? []), ...hashed.map(([, key]) => key)];
  }

  async #load(): Promise<void> {
    const mark = await this.#state.read(changeMark);
    if (this.#loaded === undefined || mark !== this.#mark) {
      this.#mark = mark;
      this.#loaded = this.#read();
    }
    try {
      await this.#loaded;
    } catch (error) {
      this.#loaded = undefined;
      throw error;
    }
  }

  async #read(): Promise<void> {
    const text = (await this.#state.read(knownHostsFile)) ?? '';
    this.#text = '';
    this.#keys.clear();
    this.#hashed = [];
    this.#take(text);
    for (const line of this.#pending) this.#take(line);
  }

  #take(text: string): void {
    if (text === '') return;
    this.#text += `${this.#text === '' || this.#text.endsWith('\n') ? '' : '\n'}${text}${text.endsWith('\n') ? '' : '\n'}`;
    for (const { places, key } of linesOf(text)) {
      if (key === undefined) continue;
      for (const place of places) {
        if (isHashed(place)) this.#hashed.push([place, key]);
        else this.#keys.set(place, [...(this.#keys.get(place) ?? []), key]);
      }
    }
  }

  /** One write at a time; keys that come while it runs go together into the next one. */
  #save(): Promise<void> {
    this.#queued ??= this.#writing
      .catch(() => undefined)
      .then(() => this.#load())
      .then(() => {
        this.#queued = undefined;
        const written = new Set(this.#pending);
        this.#writing = this.#state.write(knownHostsFile, this.#text).then(() => {
          this.#pending = this.#pending.filter((line) => !written.has(line));
        });
        return this.#writing;
      });
    return this.#queued;
  }
}
