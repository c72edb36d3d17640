/**
 * What a recorded walk holds, counted without the reader: rows of the standard columns in the recording itself. Tests only.
 */
import type { Recording } from './replay.js';

const interfaces = '1.3.6.1.2.1.2.2.1.2';
const oldAddresses = '1.3.6.1.2.1.4.20.1.2';
const lldpChassis = '1.0.8802.1.1.2.1.4.1.1.5';
const cdpDevice = '1.3.6.1.4.1.9.9.23.1.2.1.1.6';
const stationsByVlan = '1.3.6.1.2.1.17.7.1.2.2.1.3';
const stations = '1.3.6.1.2.1.17.4.3.1.3';
const vlanNames = '1.3.6.1.2.1.17.7.1.4.3.1.1';
const currentVlans = '1.3.6.1.2.1.17.7.1.4.2.1.3';
const vtpTypes = '1.3.6.1.4.1.9.9.46.1.3.1.1.3';
const attachedAggregate = '1.2.840.10006.300.43.1.2.1.1.13';
const componentClass = '1.3.6.1.2.1.47.1.1.1.1.5';
const packageNames = '1.3.6.1.2.1.25.6.3.1.2';
const supplies = '1.3.6.1.2.1.43.11.1.1.6';
const storageType = '1.3.6.1.2.1.25.2.3.1.2';
const upsBatteryStatus = '1.3.6.1.2.1.33.1.2.1';
const arubaAccessPoints = '1.3.6.1.4.1.14823.2.2.1.5.2.1.4.1.3';
const counters = '1.3.6.1.2.1.2.2.1.10';

export type Counts = Readonly<Record<string, number>>;

export function present(recording: Recording): Counts {
  const rows = (column: string) => recording.below(column);
  const last = (index: string) => index.slice(index.lastIndexOf('.') + 1);
  const learned = (column: string) => rows(column).filter((it) => it.value === '3').length;
  const vlans = new Set([
    ...rows(vlanNames).map((it) => it.index),
    ...rows(currentVlans).map((it) => last(it.index)),
    ...rows(vtpTypes)
      .filter((it) => it.value === '1')
      .map((it) => last(it.index)),
  ]);
  // An individual link is attached to itself.
  const aggregates = new Set(
    rows(attachedAggregate)
      .filter((it) => it.value !== '0' && it.value !== it.index)
      .map((it) => it.value),
  );
  return {
    interfaces: rows(interfaces).length,
    addresses: rows(oldAddresses).length,
    ports: rows(counters).length,
    lldp: rows(lldpChassis).length,
    cdp: rows(cdpDevice).filter((it) => it.value !== '').length,
    fdb: learned(stationsByVlan) || learned(stations),
    vlans: vlans.size,
    aggregates: aggregates.size,
    components: rows(componentClass).length,
    powerSupplies: rows(componentClass).filter((it) => it.value === '6').length,
    packages: rows(packageNames).filter((it) => it.value !== '').length,
    filesystems: rows(storageType).filter((it) => it.value === '1.3.6.1.2.1.25.2.1.4').length,
    supplies: rows(supplies).length,
    accessPoints: rows(arubaAccessPoints).length,
    ups: rows(upsBatteryStatus).length,
  };
}
