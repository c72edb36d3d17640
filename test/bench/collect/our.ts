/** What our child is told and what it tells. */

export interface OurRun {
  /** Folder with ssh/*.toml and snmp/*.toml. */
  readonly credentials: string;
  readonly addresses: readonly string[];
  readonly hostsAtOnce: number | undefined;
}

export interface OurResult {
  readonly seconds: number;
  /** Hosts of which everything asked for was read. */
  readonly collected: number;
  readonly sections: number;
  /** Of the sections as JSON. */
  readonly bytes: number;
  /** Of this process, without its start. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly eventLoop: { readonly p99Ms: number; readonly maxMs: number };
  /** What came in the place of a host, and how often. */
  readonly reasons: Readonly<Record<string, number>>;
}
