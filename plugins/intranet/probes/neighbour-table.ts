/**
 * The last question where ARP frames of our own are not possible: did the kernel, while the other probes made it send, find
 * out a MAC address? Entries that stood there before the sweep may be of a host that has gone, so they prove nothing.
 */
import type { Address, Clock } from 'ksocket/plugin';
import type { Neighbourhood } from '../system/neighbourhood.js';
import type { Hearing, Probe } from './probe.js';

/** What was read stays true for so many milliseconds; who is missing is looked for again at once. */
const freshMs = 100;

export class NeighbourTable {
  #macs = new Map<Address, string>();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #before: ReadonlySet<Address> = new Set();

  constructor(
    private readonly neighbourhood: Neighbourhood,
    private readonly clock: Clock,
  ) {}

  /** Remembers what stands there before anything is sent. */
  async begin(): Promise<void> {
    await this.#read();
    this.#before = new Set(this.#macs.keys());
  }

  async mac(address: Address): Promise<string | undefined> {
    const known = this.#macs.get(address);
    if (known !== undefined && this.clock.monotonic() - this.#readAt <= freshMs) return known;
    await this.#read();
    return this.#macs.get(address);
  }

  isNew(address: Address): boolean {
    return !this.#before.has(address);
  }

  #read(): Promise<void> {
    this.#reading ??= this.neighbourhood.neighbours().then((list) => {
      this.#macs = new Map(list.map((it) => [it.address, it.mac]));
      this.#readAt = this.clock.monotonic();
      this.#reading = undefined;
    });
    return this.#reading;
  }
}

export function openNeighbourTable(scene: { hearing: Hearing; table: NeighbourTable }): Probe {
  return {
    name: 'neighbour-cache',
    // No packet: just the time to read a file.
    waits: [freshMs],
    repeats: false,
    packets: 0,
    send(address) {
      if (!scene.table.isNew(address)) return { refused: 'older-entry' };
      void scene.table.mac(address).then((mac) => {
        const evidence = { probe: 'neighbour-cache', answer: 'reply' };
        if (mac !== undefined) scene.hearing.heard({ address, alive: 'yes', mac, evidence });
      });
      return 'sent';
    },
    close: () => undefined,
  };
}
