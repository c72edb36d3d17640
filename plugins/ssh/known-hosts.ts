/**
 * The host keys that were seen, in OpenSSH’s known_hosts format (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), so that an operator can
 * compare and edit them with the usual tools. Policy: a new host’s key is stored; a changed key is refused.
 */
import { createHash } from 'node:crypto';
import type { Address, Host } from 'ksocket/plugin';
import { isHashed, isHashOf, linesOf, placesOf } from './known-hosts-file.js';

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

export function knownHostsLine(address: Address, port: number, key: Buffer): string {
  return `[${address}]:${port} ${keyType(key)} ${key.toString('base64')}`;
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

  async keysOf(address: Address, port: number): Promise<readonly KnownKey[]> {
    await this.#load();
    const places = placesOf(address, port);
    const hashed = this.#hashed.filter(([place]) => places.some((it) => isHashOf(place, it)));
    return [...places.flatMap((it) => this.#keys.get(it) ?? []), ...hashed.map(([, key]) => key)];
  }

  /** Resolves when the key is stored. The caller has judged it. */
  async add(address: Address, port: number, key: Buffer): Promise<void> {
    const blob = key.toString('base64');
    if ((await this.keysOf(address, port)).some((it) => it.blob === blob)) return this.#queued ?? this.#writing;
    const line = knownHostsLine(address, port, key);
    this.#pending.push(line);
    this.#take(line);
    return this.#save();
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
