/** What our child is told and what it tells. */

export interface OurRun {
  readonly what: 'scan' | 'liveness';
  readonly network: string;
  readonly rate?: number | undefined;
  /** Ends itself then, and tells what it has. */
  readonly capSeconds: number;
}

export interface OurResult {
  readonly seconds: number;
  readonly capped: boolean;
  /** When the last of the alive was told. */
  readonly lastAliveSeconds: number;
  readonly alive: readonly string[];
  readonly eventLoop: { readonly p99Ms: number; readonly maxMs: number };
  readonly warnings: readonly string[];
}

/** How a run tells what it finds; `alive` is called once for each. */
export type Our = (
  run: OurRun,
  call: { alive(address: string): void; warn(line: string): void; signal: AbortSignal },
) => Promise<void>;
