/**
 * Is this the host that it should be? The key that it shows is judged before anything of the account is sent, and what is new
 * is stored only after the host has proved it. What an operator should look at is told as a finding.
 */
import { type Call, type Failure, failure } from 'ksocket/plugin';
import type { ParsedKey } from 'ssh2';
import { fingerprint, judge, type KnownHosts, type KnownKey, keyType, type Verdict } from './known-hosts.js';
import type { Place } from './known-hosts-file.js';
import { hostKeyFailure, placeText } from './login-failures.js';
import type { RefusedKeys } from './refused-keys.js';

/** A host has a key of each type, and during a change two; more would only fill the file. */
const maxHostKeys = 16;

export interface BelievedKeyParts {
  readonly host: Place;
  /** What was known of the host before it was connected to. */
  readonly known: readonly KnownKey[];
  /** Of the credential file. */
  readonly acceptsNew: boolean;
  readonly call: Pick<Call, 'log' | 'found' | 'newHostKeys'>;
  readonly knownHosts: KnownHosts;
  readonly refusedKeys: RefusedKeys;
}

export class BelievedKey {
  /** Fingerprints of the keys that this host has proved in this session. */
  readonly proved = new Set<string>();
  /** The one that it shows. */
  shown: Buffer | undefined;

  constructor(private readonly parts: BelievedKeyParts) {}

  /** By what the host is known in this session: the fingerprint of the key with which it has signed the key exchange. */
  get provedFirst(): string | undefined {
    return [...this.proved][0];
  }

  /** @returns why the key is not accepted */
  judge(key: Buffer): Failure | undefined {
    const { host, known, acceptsNew, call, refusedKeys } = this.parts;
    this.shown = key;
    const verdict = judge(known, key);
    if (verdict === 'known') return undefined;
    // A key exchange in the middle of a session asks again; that key was accepted at the beginning.
    if (verdict === 'new' && this.proved.has(fingerprint(key))) return undefined;
    if (verdict === 'new' && acceptsNew && call.newHostKeys === 'accept') return undefined;
    const refused = hostKeyFailure(host, key, known, verdict, call.newHostKeys);
    this.#tell(verdict, key, refused.message);
    if (verdict !== 'revoked')
      refusedKeys.add(host, key).catch((error) =>
        call.log.warn('refused host key not kept for ksocket hostkeys', {
          host: placeText(host),
          error: String(error),
        }),
      );
    return refused;
  }

  /** The signature over the key exchange is verified now: the host has this key, it did not only show it. @throws Failure */
  async store(): Promise<void> {
    const { host, knownHosts } = this.parts;
    const key = this.shown;
    if (key === undefined) throw failure('E_PROTOCOL', `${placeText(host)} shows no host key`);
    this.proved.add(fingerprint(key));
    // Judged again: another session to this host may have stored a key since.
    const known = await knownHosts.keysOf(host);
    const verdict = judge(known, key);
    if (verdict === 'changed' || verdict === 'revoked') throw this.#refused(verdict, key, known);
    // One that is known by its bare address is now known on this way.
    if (!(await knownHosts.add(host, key, true))) {
      const now = await knownHosts.keysOf(host);
      throw this.#refused(judge(now, key) === 'revoked' ? 'revoked' : 'changed', key, now);
    }
    if (verdict === 'new')
      this.#tell(verdict, key, `new host key stored: ${placeText(host)} shows ${keyType(key)} ${fingerprint(key)}`);
  }

  #refused(verdict: 'changed' | 'revoked', key: Buffer, known: readonly KnownKey[]): Failure {
    const refused = hostKeyFailure(this.parts.host, key, known, verdict);
    this.#tell(verdict, key, refused.message);
    return refused;
  }

  /** OpenSSH tells its other keys to who has logged in and proves each, as in its UpdateHostKeys. */
  further(keys: readonly ParsedKey[]): void {
    const { host, knownHosts, call } = this.parts;
    for (const key of keys.slice(0, maxHostKeys)) {
      const blob = key.getPublicSSH();
      this.proved.add(fingerprint(blob));
      knownHosts
        .add(host, blob)
        .catch((error) =>
          call.log.warn('further host key not stored', { host: placeText(host), error: String(error) }),
        );
    }
  }

  #tell(verdict: Exclude<Verdict, 'known'>, _: Buffer, text: string): void {
    const finding = { new: 'new-host-key', changed: 'host-key-changed', revoked: 'host-key-revoked' }[verdict];
    this.parts.call.found({ finding, text, address: this.parts.host.address });
  }
}
