/** The vendor's own domain beside the space in it: whether the network lets anything through to there at all. */
import { ProbeFault, probePort } from '../../core/container/probe.js';
import type { SpaceRoute } from '../../core/container/route.js';
import { systemClock } from '../../core/runtime/index.js';
import type { Step } from '../checklist.js';
import type { Examination } from './examination.js';

const domain = 'cloud.kompira.jp';
const ports = [80, 443] as const;

export const isOfVendor = ({ hostname }: URL): boolean => hostname === domain || hostname.endsWith(`.${domain}`);

/** @returns false where no name server answers, so that no other name has an address either */
export async function vendor(
  examination: Examination,
  { lookup, proxy }: SpaceRoute,
  timeoutSeconds: number,
): Promise<boolean> {
  const options = { lookup, timeoutSeconds, clock: systemClock };
  const probes = new Map<number, ReturnType<typeof probePort>>();
  const probe = (port: number) => {
    const known = probes.get(port) ?? probePort(domain, port, options);
    probes.set(port, known);
    return known;
  };
  let noNames = false;
  const name: Step = {
    title: `Resolve DNS forward lookup (${domain})`,
    async run() {
      try {
        return { detail: (await probe(ports[0]).reached('resolved')).addresses.join(', ') };
      } catch (error) {
        noNames = error instanceof ProbeFault && error.local;
        throw error;
      }
    },
  };
  const tcp = ports.map(
    (port): Step => ({
      title: `Establish TCP connection (${domain}:${port})`,
      async run() {
        await probe(port).reached('connected');
        return undefined;
      },
    }),
  );
  // They would go past the proxy, which this network may not permit and the agent does not need.
  if (proxy !== undefined) {
    const skipped = { skipped: true, detail: 'through the proxy' };
    await examination.block([name, ...tcp].map(({ title }) => ({ title, run: () => skipped })));
    return true;
  }
  try {
    await examination.block([name, ...tcp], { first: 1 });
  } finally {
    for (const it of probes.values()) await it.end();
  }
  return !noNames;
}
