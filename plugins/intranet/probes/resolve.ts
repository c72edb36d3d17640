/**
 * ARP through Windows, for addresses whose entry in its neighbour table is older than the sweep: ResolveIpNetEntry2 forgets the entry and
 * asks again, so its answer is of now. SendARP gives what the table holds, so it would prove nothing here; and who has no entry has
 * been asked by ARP already, before each echo request.
 */
import type { Address } from 'ksocket/plugin';
import { ipHelper, nobodyAnswered } from '../sockets/ip-helper.js';
import { windowsFailure } from '../system/windows-errors.js';
import { type Hearing, isObstacle, type Obstacle, type Probe } from './probe.js';

/** A silent address holds a thread of libuv's pool for 3 s; two of four are left to files and names. */
const mostAtOnce = 2;
/** The three questions of Windows, 1 s apart (RFC 4861, RETRANS_TIMER and MAX_MULTICAST_SOLICIT), and some air. */
const waits = [3500] as const;

export async function openResolve(scene: {
  readonly hearing: Hearing;
  /** Only these are asked. */
  readonly isOlder: (address: Address) => boolean;
}): Promise<Probe | Obstacle> {
  const helper = await ipHelper();
  if (isObstacle(helper)) return helper;
  const { resolve } = helper;
  if (resolve === undefined)
    return {
      reason: 'this Windows has no ResolveIpNetEntry2',
      remedy: 'none is needed: echoes and TCP are used instead',
    };
  let open = 0;
  const hear = (address: Address, result: string | number) => {
    if (result === nobodyAnswered) return;
    if (typeof result === 'string') {
      const evidence = { probe: 'arp', answer: 'reply' };
      scene.hearing.heard({ address, alive: 'yes', mac: result, evidence });
      return;
    }
    const shot = windowsFailure(result);
    if (shot === 'short') scene.hearing.unsent(address);
    else if (typeof shot === 'object')
      scene.hearing.heard({ address, evidence: { probe: 'arp', answer: shot.refused } });
  };
  return {
    name: 'arp',
    waits,
    repeats: false,
    packets: 1,
    send(address) {
      if (!scene.isOlder(address)) return 'nothing';
      if (open >= mostAtOnce) return 'busy';
      open += 1;
      resolve(address)
        .then(
          (result) => hear(address, result),
          // koffi throws when its queue is full.
          () => scene.hearing.unsent(address),
        )
        .finally(() => {
          open -= 1;
        });
      return 'sent';
    },
    close: () => undefined,
  };
}
