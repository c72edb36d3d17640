/** What a switch knows: VLANs with their ports, link aggregation, and which station is behind which port. */
import { type Section, section } from 'ksocket/plugin';
import { slices } from '../batches.js';
import { worse } from '../read/addresses.js';
import { readAggregates } from '../read/aggregates.js';
import { dot1qTpFdbEntry, readStations } from '../read/bridge.js';
import { readCiscoVlans } from '../read/cisco-vlans.js';
import { portsOfBits, portsOfJunos } from '../read/port-list.js';
import { readVlanStations } from '../read/vlan-stations.js';
import { indexIsTag, juniper, readJunosTags } from '../read/vlan-tags.js';
import { readVlans, Vlans } from '../read/vlans.js';
import type { Survey } from '../survey.js';
import { about, missingOf } from './missing.js';

/** IANAifType ieee8023adLag; propMultiplexor is what some agents say for it. */
const aggregateTypes = new Set([54, 161]);

export async function* inspectSwitching(survey: Survey): AsyncGenerator<Section> {
  const source = await survey.source();
  const { nameOf, items } = await survey.interfaces();
  const ports = await survey.basePorts();
  const vlans = new Vlans();
  const isJunos = survey.system.enterprise === juniper;
  const tags = isJunos ? await readJunosTags(source) : indexIsTag;
  const portsOf = isJunos ? portsOfJunos : portsOfBits;
  const standard = await readVlans(source, vlans, { ports, nameOf, portsOf }, tags);
  const cisco = await readCiscoVlans(source, vlans, nameOf);
  for (const part of slices(vlans.items)) yield section('networkDevice', { vlans: [...part] });

  const aggregateIndexes = new Set(items.filter((it) => aggregateTypes.has(it.type ?? 0)).map((it) => it.index));
  const stack = await survey.stack();
  const isAggregate = (ifIndex: number) => aggregateIndexes.has(ifIndex);
  const aggregates = await readAggregates(source, { stack: stack.items, isAggregate, nameOf });
  if (aggregates.items.length > 0) yield section('networkDevice', { aggregates: [...aggregates.items] });

  const common = await readStations(source, { ports, databases: standard.databases, nameOf });
  // Where Cisco's own VLANs are and no table of stations by VLAN, the table is of VLAN 1 alone.
  const isPerVlan = cisco.bridged.length > 0 && !source.knows(dot1qTpFdbEntry);
  const byVlan = isPerVlan ? await readVlanStations(survey.agent, cisco.bridged, nameOf) : undefined;
  const stations = byVlan === undefined || byVlan.items.length === 0 ? common : byVlan;
  for (const part of slices(stations.items)) yield section('networkDevice', { forwardingDatabase: [...part] });
  const missing = [
    ...missingOf('vlans', worse(standard.end, cisco.end)),
    ...missingOf('aggregates', aggregates.end),
    ...missingOf('forwardingDatabase', worse(common.end, byVlan?.end ?? { state: 'ok' })),
  ];
  if (missing.length > 0) yield section('networkDevice', {}, about(missing));
}
