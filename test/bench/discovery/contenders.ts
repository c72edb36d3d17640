/** Who sweeps: we in two ways, and the peers, each with how it is called and how its output is read. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { interfaceName } from './network.js';
import type { OurResult, OurRun } from './our.js';

/** What one run is asked. */
export interface Ask {
  readonly network: string;
  /** Packets a second; undefined leaves it to the contender. */
  readonly rate: number | undefined;
  readonly capSeconds: number;
}

export interface Contender {
  readonly title: string;
  readonly command: (ask: Ask) => string[];
  /** Addresses that it calls alive. */
  readonly found: (output: string) => string[];
  readonly ours?: boolean;
  /** Asks only the first /20 of a bigger network; its time is then multiplied, and said to be. */
  readonly partly?: boolean;
  /** Shorter than the case's. */
  readonly capSeconds?: number;
}

const child = fileURLToPath(new URL('./child.js', import.meta.url));
const microseconds = (rate: number): string => `${Math.round(1e6 / rate)}u`;
const milliseconds = (rate: number): string => String(1000 / rate);
const leading = (output: string): string[] => [...output.matchAll(/^(\d+\.\d+\.\d+\.\d+)\b/gm)].map((m) => m[1]!);

export function ourResult(output: string): OurResult | undefined {
  return output === '' ? undefined : (JSON.parse(output) as OurResult);
}

function ours(what: OurRun['what'], title: string): Contender {
  return {
    ...{ title, ours: true, found: (output) => [...(ourResult(output)?.alive ?? [])] },
    command: (ask) => [process.execPath, child, JSON.stringify({ ...ask, what } satisfies OurRun)],
  };
}

export const liveness = ours('liveness', 'ksocket, liveness alone');
export const scan = ours('scan', 'ksocket scan, with services and names');

/** As it comes: two questions, 256 kbit/s. */
export const arpScan: Contender = {
  title: 'arp-scan',
  command: ({ network }) => ['arp-scan', '-q', '-I', interfaceName, network],
  found: leading,
};

/** As many questions as we ask, at the rate given. */
export const arpScanTuned: Contender = {
  title: 'arp-scan -r 3, equal rate',
  command: ({ network, rate = 10_000 }) => [
    ...['arp-scan', '-q', '-r', '3', `--interval=${microseconds(rate)}`, '-I', interfaceName, network],
  ],
  found: leading,
};

/** Without names, which it would ask a resolver for. */
export const nmap: Contender = {
  title: 'nmap -sn -n',
  command: ({ network }) => ['nmap', '-sn', '-n', '-oG', '-', network],
  found: (output) => [...output.matchAll(/^Host: (\S+) .*Status: Up$/gm)].map((m) => m[1]!),
};
export const nmapPartly: Contender = { ...nmap, title: 'nmap -sn -n, on a /20', partly: true };

/** It gives up (5.1) when its 65,535 sequence numbers do not last for 10 s. */
const fpingLimit = 6500;

/** As many questions as our ICMP echo, at the rate given as far as it can. */
export const fping: Contender = {
  title: 'fping -r 2, equal rate up to 6,500/s',
  command: ({ network, rate = 2000 }) => [
    'fping',
    '-a',
    '-q',
    '-r',
    '2',
    '-i',
    milliseconds(Math.min(rate, fpingLimit)),
    '-g',
    network,
  ],
  found: leading,
};

/** Debian packages that are missing. */
export function missing(): string[] {
  const wanted = { iproute2: '/usr/sbin/ip', time: '/usr/bin/time', nmap: '/usr/bin/nmap', fping: '/usr/bin/fping' };
  return Object.entries({ ...wanted, 'arp-scan': '/usr/sbin/arp-scan' }).flatMap(([name, file]) =>
    existsSync(file) ? [] : name,
  );
}
