/** What people can do in a space, for the command line, the REST interface and the page alike. */
import type { Clock, Random } from '../core/contract/ports.js';
import { problem } from './problem.js';
import { type CreatedScan, createScan } from './scan/create.js';
import { readOptions, type ScanOptions } from './scan/options.js';
import { addEvent, type EventKind } from './storage/events.js';
import { addNetwork, addSlot, changeNetwork, changeSlot, findNetwork } from './storage/networks.js';
import { requestCancel } from './storage/operations.js';
import { findScan } from './storage/scans.js';
import type { Database } from './storage/schema.js';
import { findSlot } from './storage/slots.js';
import { type IssuedToken, issueToken, revokeToken } from './storage/tokens.js';
import { type Audience, haltVersion, type Offered, offerVersion } from './updates/offers.js';

type OptionsChange = { readonly [K in keyof ScanOptions]?: ScanOptions[K] | undefined };

export class Actions {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #changed: () => void;

  /** @param changed called when something was done that connected agents or open pages should hear of. */
  constructor(db: Database, clock: Clock, random: Random, changed: () => void) {
    this.#db = db;
    this.#clock = clock;
    this.#random = random;
    this.#changed = changed;
  }

  async addSlot(slot: { name: string; options?: ScanOptions }): Promise<string> {
    const id = await addSlot(this.#db, slot, this.#clock.now(), this.#random);
    await this.#did('slot-added', id, '');
    return id;
  }

  async changeSlot(
    id: string,
    change: { name?: string | undefined; enabled?: boolean | undefined; options?: OptionsChange | undefined },
  ): Promise<void> {
    const slot = await findSlot(this.#db, id);
    if (slot === undefined) throw problem(404, 'E_NOT_FOUND', `no slot ${id}`);
    const options = change.options && overlaid(readOptions(slot.options), change.options);
    await changeSlot(this.#db, id, { ...change, options });
    await this.#did('slot-changed', id, change.enabled === false ? 'disabled' : '');
  }

  /** @param expiresAt milliseconds since 1970; null for a token that does not expire. */
  async issueToken(slotId: string, expiresAt: number | null): Promise<IssuedToken> {
    const token = await issueToken(this.#db, slotId, expiresAt, this.#clock.now(), this.#random);
    await this.#did('token-issued', slotId, expiresAt === null ? '' : `expires ${new Date(expiresAt).toISOString()}`);
    return token;
  }

  async revokeToken(slotId: string, tokenId: string): Promise<void> {
    if (!(await revokeToken(this.#db, tokenId))) throw problem(404, 'E_NOT_FOUND', `no token ${tokenId}`);
    await this.#did('token-revoked', slotId, '');
  }

  async addNetwork(network: { name: string; slotId: string | null; options?: ScanOptions }): Promise<string> {
    const id = await addNetwork(this.#db, network, this.#clock.now(), this.#random);
    await this.#did('network-added', id, '');
    return id;
  }

  async changeNetwork(
    id: string,
    change: { name?: string | undefined; slotId?: string | null | undefined; options?: OptionsChange | undefined },
  ): Promise<void> {
    const network = await findNetwork(this.#db, id);
    if (network === undefined) throw problem(404, 'E_NOT_FOUND', `no network ${id}`);
    const options = change.options && overlaid(readOptions(network.options), change.options);
    await changeNetwork(this.#db, id, { ...change, options });
    await this.#did('network-changed', id, '');
  }

  async startScan(networkId: string): Promise<CreatedScan> {
    const scan = await createScan(this.#db, networkId, this.#clock.now(), this.#random);
    await this.#did('scan-ordered', scan.scanId, '');
    return scan;
  }

  /** @throws Problem 404, or 409 when it has ended already. */
  async cancelScan(scanId: string, reason: string): Promise<void> {
    const scan = await findScan(this.#db, scanId);
    if (scan === undefined) throw problem(404, 'E_NOT_FOUND', `no scan ${scanId}`);
    if (scan.endedAt !== null) throw problem(409, 'E_ENDED', 'this scan has ended');
    await requestCancel(this.#db, scan.opId, reason, this.#clock.now());
    await this.#did('scan-cancelled', scanId, reason);
  }

  /** @throws Problem 404 */
  async offerVersion(version: string, audience: Audience): Promise<Offered[]> {
    const offered = await offerVersion(this.#db, version, audience, this.#clock.now(), this.#random);
    const count = offered.filter(({ result }) => result === 'offered').length;
    await this.#did('update-offered', version, `${count}`);
    return offered;
  }

  async haltVersion(version: string): Promise<number> {
    const count = await haltVersion(this.#db, version, this.#clock.now());
    await this.#did('update-halted', version, `${count}`);
    return count;
  }

  async #did(kind: EventKind, subject: string, detail: string): Promise<void> {
    await addEvent(this.#db, { kind, subject, detail }, this.#clock.now(), this.#random);
    this.#changed();
  }
}

const overlaid = (options: ScanOptions, change: OptionsChange): ScanOptions => ({
  start: change.start ?? options.start,
  allow: change.allow ?? options.allow,
  deny: change.deny ?? options.deny,
});
