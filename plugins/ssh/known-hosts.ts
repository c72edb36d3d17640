/**
 * The host keys that were seen, in OpenSSH’s known_hosts format (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), so that an operator can
 * compare and edit them with the usual tools. Policy: a new host’s key is stored; a changed key is refused.
 */
import { createHash } from 'node:crypto';
import type { Address, Host } from 'ksocket/plugin';

const fileName = 'known_hosts';

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

function* parse(text: string): Generator<[place: string, key: KnownKey]> {
  for (const line of text.split('\n')) {
    const words = line.trim().split(/[ \t]+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [places, type, blob] = words;
    // Certificate authorities are not used; hashed names (`|1|…`) cannot be listed and are left to OpenSSH.
    if (!places || !type || !blob || places.startsWith('#') || (marker && marker !== '@revoked')) continue;
    for (const place of places.split(',')) yield [place, { type, blob, revoked: marker === '@revoked' }];
  }
}

export class KnownHosts {
  readonly #state: Host<unknown>['state'];
  #loaded: Promise<void> | undefined;
  #text = '';
  readonly #keys = new Map<string, KnownKey[]>();
  #writing: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;

  constructor(state: Host<unknown>['state']) {
    this.#state = state;
  }

  async keysOf(address: Address, port: number): Promise<readonly KnownKey[]> {
    await this.#load();
    // OpenSSH writes a host on port 22 without brackets; both ways of writing are the same host.
    const bare = port === 22 ? this.#keys.get(address) : undefined;
    return [...(this.#keys.get(`[${address}]:${port}`) ?? []), ...(bare ?? [])];
  }

  /** Resolves when the key is stored. The caller has judged it. */
  async add(address: Address, port: number, key: Buffer): Promise<void> {
    const blob = key.toString('base64');
    if ((await this.keysOf(address, port)).some((it) => it.blob === blob)) return this.#queued ?? this.#writing;
    const line = knownHostsLine(address, port, key);
    this.#text += `${this.#text === '' || this.#text.endsWith('\n') ? '' : '\n'}${line}\n`;
    this.#learn(line);
    return this.#save();
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#state.read(fileName).then(
      (text = '') => {
        this.#text = text;
        this.#learn(text);
      },
      (error) => {
        this.#loaded = undefined;
        throw error;
      },
    );
    return this.#loaded;
  }

  #learn(text: string): void {
    for (const [place, key] of parse(text)) {
      const keys = this.#keys.get(place);
      if (keys) keys.push(key);
      else this.#keys.set(place, [key]);
    }
  }

  /** One write at a time; keys that come while it runs go together into the next one. */
  #save(): Promise<void> {
    this.#queued ??= this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        this.#writing = this.#state.write(fileName, this.#text);
        return this.#writing;
      });
    return this.#queued;
  }
}
