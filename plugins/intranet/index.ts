/** Scan mode `intranet`: finds what is alive in the networks around this machine by asking them. */
import { type ScanModeParts, scanMode } from 'ksocket/plugin';
import { z } from 'zod';

const settings = z.strictObject({
  carrier: z
    .enum(['auto', 'pcap', 'packet-socket'])
    .default('auto')
    .describe(
      'What carries ARP frames: libpcap, packet sockets of Linux, or whichever works, on Linux packet sockets first',
    ),
});

export type Settings = z.output<typeof settings>;

export default scanMode({
  name: 'intranet',
  settings,
  doc: 'Finds what is alive in the networks around this machine, by ARP, ICMP, TCP and UDP.',
  setup(host) {
    // Only who looks for something waits for what it takes to look.
    let intranet: Promise<Required<ScanModeParts>> | undefined;
    const loaded = () => (intranet ??= import('./intranet.js').then((it) => it.intranet(host)));
    return {
      async *candidates(scan) {
        yield* (await loaded()).candidates(scan);
      },
      async *look(addresses, scan) {
        yield* (await loaded()).look(addresses, scan);
      },
      async *diagnose() {
        yield* (await loaded()).diagnose();
      },
    };
  },
});
