/**
 * Which VLAN a filtering database is of. The number of a database (dot1qFdbId, RFC 4363) is none of a VLAN: HP’s ProCurve counts
 * them, Junos multiplies them by 65,536, and where learning is shared several VLANs have one. dot1qVlanFdbId tells, or a maker’s
 * own table.
 */
export class FilteringDatabases {
  readonly #vlans = new Map<number, Set<number>>();
  #numbers: ReadonlySet<number> | undefined;

  /** The agent has said so. */
  tell(database: number, vlan: number): void {
    const sharing = this.#vlans.get(database) ?? new Set();
    sharing.add(vlan);
    this.#vlans.set(database, sharing);
  }

  get isTold(): boolean {
    return this.#vlans.size > 0;
  }

  /**
   * The agent says nothing of its databases, and these are its VLANs: then some agents (Dell’s FTOS) number databases by them.
   * One database with another number shows that this one does not.
   */
  assumeNumbersOf(vlans: Iterable<number>): void {
    this.#numbers = new Set(vlans);
  }

  /** The VLAN of each of these databases; none where learning is shared, or nobody says. */
  of(databases: ReadonlySet<number>): (database: number) => number | undefined {
    const numbers = this.#numbers;
    if (!this.isTold && numbers !== undefined && [...databases].every((it) => numbers.has(it))) return (it) => it;
    return (database) => {
      const vlans = this.#vlans.get(database);
      return vlans?.size === 1 ? [...vlans][0] : undefined;
    };
  }
}
