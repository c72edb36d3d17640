/** Liveness alone: the lanes of the intranet mode without what comes after them, which the peers do not do either. */
import { hostsOf, parseRange } from '../../../core/contract/index.js';
import { systemClock, systemRandom } from '../../../core/runtime/index.js';
import { Lanes } from '../../../plugins/intranet/lanes.js';
import { TcpAsker } from '../../../plugins/intranet/sockets/tcp.js';
import { ownInterfaces, speaksArp } from '../../../plugins/intranet/system/interfaces.js';
import { neighbourhood } from '../../../plugins/intranet/system/neighbourhood.js';
import { Topology } from '../../../plugins/intranet/system/topology.js';
import { testScanCall } from '../../kit/index.js';
import type { Our } from './our.js';

/** As the intranet mode takes them in, so that the event loop is held no longer than there. */
const takenATurn = 1024;

export const sweepAll: Our = async (run, { alive, warn, signal }) => {
  const scan = testScanCall([run.network], { signal, maxPacketRate: run.rate });
  const around = neighbourhood();
  const addresses = ownInterfaces();
  const links = addresses.filter((it) => it.family === 4 && speaksArp(it.interface, it.mac));
  const topology = new Topology(addresses, await around.routes(), new Set(links.map((it) => it.interface)));
  const asker = new TcpAsker(systemClock, () => true);
  const lanes = new Lanes({
    ...{ host: { clock: systemClock, random: systemRandom }, neighbourhood: around, topology, scan, asker },
    carriers: ['packet-socket', 'pcap'],
    outcome(lane, outcome) {
      if (outcome.alive !== 'yes') return;
      alive(outcome.address);
      lane.release(outcome.address);
    },
    obstacle: (probe, it) => warn(`${probe}: ${it.reason}`),
  });
  try {
    let taken = 0;
    for (const address of hostsOf(parseRange(run.network))) {
      taken += 1;
      if (taken % takenATurn === 0) await systemClock.sleep(0);
      const place = topology.place(address);
      if (place.kind === 'own') continue;
      (await lanes.for(place, address)).add(address);
    }
    await Promise.all((await lanes.all()).map((lane) => lane.run(signal)));
  } finally {
    asker.close();
    await lanes.close();
  }
};
