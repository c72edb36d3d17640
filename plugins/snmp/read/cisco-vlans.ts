/** VLANs where Cisco tells them: CISCO-VTP-MIB, CISCO-VLAN-MEMBERSHIP-MIB, and trunks of the first. */

import type { TableEnd } from '../table.js';
import { count, integer, octets, text } from '../value.js';
import { worse } from './addresses.js';
import { bitsSet } from './bits.js';
import { readColumns } from './columns.js';
import type { Source } from './source.js';
import type { Vlans } from './vlans.js';

export const vtpVlanEntry = '1.3.6.1.4.1.9.9.46.1.3.1.1';
export const vlanTrunkPortEntry = '1.3.6.1.4.1.9.9.46.1.6.1.1';
export const vmMembershipEntry = '1.3.6.1.4.1.9.9.68.1.2.2.1';

const mostVlans = 4096;
const mostPorts = 5000;
/** vlanTrunkPortDynamicStatus: trunking(1), notTrunking(2). */
const trunking = 1;

/** Fills `vlans`; the VLANs whose bridge has a context of its own are returned. @throws Failure when the agent is gone */
export async function readCiscoVlans(
  source: Source,
  vlans: Vlans,
  nameOf: (ifIndex: number) => string | undefined,
): Promise<{ readonly bridged: readonly number[]; readonly end: TableEnd }> {
  const bridged: number[] = [];
  const known = await readColumns(
    source,
    { entry: vtpVlanEntry, columns: { state: 2, type: 3, name: 4 }, limit: mostVlans },
    ({ index: [, id], cells }) => (id === undefined ? undefined : { id, ...cells }),
  );
  for (const { id, state, type, name } of known.items) {
    // ethernet(1): 1002 to 1005 stand for FDDI and Token Ring, and always exist.
    if (integer(type) !== 1) continue;
    const vlan = vlans.at(id);
    if (vlan === undefined) continue;
    const title = text(name);
    if (title !== undefined) vlan.name ??= title;
    // operational(1)
    if (integer(state) === 1) bridged.push(id);
  }
  if (known.items.length === 0) return { bridged, end: known.end };

  const trunks = await readColumns(
    source,
    {
      entry: vlanTrunkPortEntry,
      columns: { first: 4, native: 5, status: 14, second: 17, third: 18, fourth: 19 },
      limit: mostPorts,
    },
    ({ index: [ifIndex], cells }) => (integer(cells.status) === trunking ? { ifIndex: ifIndex!, ...cells } : undefined),
  );
  for (const { ifIndex, native, first, second, third, fourth } of trunks.items) {
    const name = nameOf(ifIndex);
    [first, second, third, fourth].forEach((cell, i) => {
      for (const id of bitsSet(octets(cell)?.subarray(0, 128), i * 1024)) vlans.join(id, 'ports', name);
    });
    const untagged = count(native);
    // The native VLAN of a trunk that does not permit it carries nothing.
    if (untagged !== undefined && vlans.has(untagged, name)) vlans.join(untagged, 'untagged', name);
  }
  const access = await readColumns(
    source,
    { entry: vmMembershipEntry, columns: { vlan: 2 }, limit: mostPorts },
    ({ index: [ifIndex], cells }) => ({ ifIndex: ifIndex!, vlan: count(cells.vlan) ?? 0 }),
  );
  const isTrunk = new Set(trunks.items.map((it) => it.ifIndex));
  for (const { ifIndex, vlan } of access.items) {
    if (isTrunk.has(ifIndex)) continue;
    vlans.join(vlan, 'ports', nameOf(ifIndex));
    vlans.join(vlan, 'untagged', nameOf(ifIndex));
  }
  return { bridged, end: worse(known.end, trunks.end, access.end, vlans.end) };
}
