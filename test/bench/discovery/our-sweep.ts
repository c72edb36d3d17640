/** Liveness alone: the lanes of the intranet mode without what comes after them, which the peers do not do either. */
import { hostsOf, parseRange } from '../../../core/contract/index.js';
import { systemClock, systemRandom } from '../../../core/runtime/index.js';
import { Lanes } from '../../../plugins/intranet/lanes.js';
import { TcpAsker } from '../../../plugins/intranet/sockets/tcp.js';
import { neighbourhood } from '../../../plugins/intranet/system/neighbourhood.js';
import { readTopology } from '../../../plugins/intranet/system/read-topology.js';
import { testScanCall } from '../../kit/index.js';
import type { Our } from './our.js';

/** As the intranet mode takes them in, so that the event loop is held no longer than there. */
const takenATurn = 1024;

export const sweepAll: Our = async (run, { alive, warn, signal }) => {
  const scan = testScanCall([run.network], { signal, maxPacketRate: run.rate });
  const around = neighbourhood();
  const topology = await readTopology(around);
  const asker = new TcpAsker(systemClock, () => true);
  const lanes = new Lanes({
    ...{ host: { clock: systemClock, random: systemRandom }, neighbourhood: around, scan, asker },
    carriers: ['packet-socket', 'pcap'],
    outcome(lane, outcome) {
      if (outcome.alive !== 'yes') return;
      alive(outcome.address);
      lane.release(outcome.address);
    },
    obstacle: (probe, it) => warn(`${probe}: ${it.reason}`),
    duplicate: (address) => warn(`two stations answer for ${address}`),
  });
  try {
    const all = [...hostsOf(parseRange(run.network))];
    for (let taken = 0; taken < all.length; taken += takenATurn) {
      const batch = all.slice(taken, taken + takenATurn);
      for (const [i, place] of (await topology.places(batch)).entries()) {
        const address = batch[i];
        if (address === undefined || place.kind === 'own' || place.kind === 'no-route') continue;
        (await lanes.for(place, address)).add(address);
      }
      await systemClock.sleep(0);
    }
    await Promise.all((await lanes.all()).map((lane) => lane.run(signal)));
  } finally {
    asker.close();
    await lanes.close();
  }
};
