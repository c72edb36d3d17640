/** What is swept, and by whom. */
import { arpScan, arpScanTuned, type Contender, fping, liveness, nmap, nmapPartly, scan } from './contenders.js';
import type { Shape } from './network.js';
import type { Wanted } from './population.js';

export interface Case extends Pick<Shape, 'place' | 'loss'>, Pick<Wanted, 'prefix' | 'alive'> {
  readonly rate: number | undefined;
  readonly contenders: readonly Contender[];
  /** For each of them. */
  readonly capSeconds: number;
  /** The median of so many is shown. */
  readonly runs: number;
}

const few = { prefix: 24, alive: { count: 200 }, loss: 0 } as const;
const many = { prefix: 16, alive: { count: 1000 }, loss: 0, rate: 20_000 } as const;

/** Six minutes in all; what would take longer is cut short, and said to be. */
export const shortCases: readonly Case[] = [
  onLink({ ...few, runs: 3 }),
  onLink({ prefix: 24, alive: { share: 0.5 }, loss: 0.02 }),
  onLink({ ...many, capSeconds: 30 }),
  { ...routed({ prefix: 24, alive: { share: 0.5 }, loss: 0 }), contenders: [liveness, fping, nmap] },
  {
    ...routed({ prefix: 16, alive: { share: 0.01 }, loss: 0, rate: 20_000, capSeconds: 90 }),
    contenders: [liveness, fping, { ...nmapPartly, capSeconds: 10 }],
  },
  {
    ...routed({ prefix: 16, alive: { share: 0.5 }, loss: 0.02, rate: 20_000, capSeconds: 90 }),
    contenders: [liveness, fping],
  },
];

const shares = [0.01, 0.5, 1];
const losses = [0, 0.02];

/** Every combination, each contender for up to 200 s: some hours. */
export const fullCases: readonly Case[] = [
  onLink({ ...few, runs: 3 }),
  onLink(many),
  ...losses.flatMap((loss) =>
    shares.flatMap((share) => [
      ...[onLink, routed].map((place) => place({ prefix: 24, alive: { share }, loss })),
      ...[onLink, routed].map((place) => place({ prefix: 16, alive: { share }, loss, rate: 20_000 })),
    ]),
  ),
];

type Given = Pick<Case, 'prefix' | 'alive' | 'loss'> & Partial<Pick<Case, 'rate' | 'capSeconds' | 'runs'>>;

/** The default setting of arp-scan needs 262 s for one round of a /16; it is measured on the /24. */
function onLink(given: Given): Case {
  const peers = given.prefix === 24 ? [arpScan, arpScanTuned, nmap] : [arpScanTuned, nmapPartly];
  return { ...common(given), place: 'link', contenders: [liveness, scan, ...peers] };
}

function routed(given: Given): Case {
  const peers = [fping, given.prefix === 24 ? nmap : nmapPartly];
  return { ...common(given), place: 'routed', contenders: [liveness, scan, ...peers] };
}

function common(given: Given) {
  return { rate: undefined, capSeconds: 200, runs: 1, ...given };
}
