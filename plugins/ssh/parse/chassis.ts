/** SMBIOS 7.4.1 (DSP0134 3.7): what kind of box it is, and what that says about what it is for. */
import type { DeviceType } from 'ksocket/plugin';

/** By number, from 1; the names are those that dmidecode(8) prints. */
const names = [
  ...['Other', 'Unknown', 'Desktop', 'Low Profile Desktop', 'Pizza Box', 'Mini Tower', 'Tower', 'Portable', 'Laptop'],
  ...['Notebook', 'Hand Held', 'Docking Station', 'All In One', 'Sub Notebook', 'Space-saving', 'Lunch Box'],
  ...['Main Server Chassis', 'Expansion Chassis', 'Sub Chassis', 'Bus Expansion Chassis', 'Peripheral Chassis'],
  ...['RAID Chassis', 'Rack Mount Chassis', 'Sealed-case PC', 'Multi-system', 'CompactPCI', 'AdvancedTCA', 'Blade'],
  ...['Blade Enclosing', 'Tablet', 'Convertible', 'Detachable', 'IoT Gateway', 'Embedded PC', 'Mini PC', 'Stick PC'],
];
/** The highest bit says that the chassis has a lock. */
const lock = 0x80;

/** `23` of /sys/class/dmi/id/chassis_type; undefined for what says nothing. */
export function chassisName(number: string | undefined): string | undefined {
  if (number === undefined || !/^\d{1,3}$/.test(number)) return undefined;
  const code = Number(number) & ~lock;
  return code <= 2 ? undefined : names[code - 1];
}

const workstations = new Set([
  ...['Desktop', 'Low Profile Desktop', 'Portable', 'Laptop', 'Notebook', 'Hand Held', 'All In One', 'Sub Notebook'],
  ...['Space-saving', 'Lunch Box', 'Sealed-case PC', 'Tablet', 'Convertible', 'Detachable', 'Mini PC', 'Stick PC'],
]);
const servers = new Set(['Main Server Chassis', 'Rack Mount Chassis', 'Multi-system', 'Blade', 'AdvancedTCA']);

/** Towers and pizza boxes are made for both, so they say nothing. */
export function deviceTypeOf(chassis: string | undefined): DeviceType | undefined {
  if (chassis === undefined) return undefined;
  return servers.has(chassis) ? 'server' : workstations.has(chassis) ? 'workstation' : undefined;
}
