/** Disks, from /sys/block and lsblk (which knows udev’s serial numbers without being root). */
import type { SectionData } from 'ksocket/plugin';
import { folderValues, given, linesOf, present, wholeNumber } from './text.js';

type Storage = NonNullable<SectionData['hardware']['storage']>;
export type Drive = NonNullable<Storage['drives']>[number];

/** Built upon other devices, in memory, or with exchangeable media: not drives of the machine. */
const notDrives = /^(?:loop|ram|zram|dm-|md|sr|scd|fd|nbd|rbd|drbd|zd|mtdblock|bcache)\d|^mmcblk\d+(?:boot\d|rpmb)/;
/** SCSI and virtio vendors of hypervisors. */
const virtualVendors = new Set(['QEMU', 'VMware', 'VMware,', 'Msft', 'VBOX', 'Xen', 'Google', 'OpenStack']);

export function drives(block: string, lsblk: string): Drive[] {
  const pairs = new Map(linesOf(lsblk).map((line) => [pairOf(line, 'NAME') ?? '', line]));
  const found: Drive[] = [];
  const seen = new Set<string>();
  for (const [name, values] of folderValues(block)) {
    const sectors = wholeNumber(values.get('size'));
    if (notDrives.test(name) || sectors === undefined || sectors === 0) continue;
    // One disk over several paths (multipath) is several entries with one world-wide name.
    const wwid = given(values.get('wwid')) ?? given(values.get('device/wwid'));
    if (wwid !== undefined && seen.has(wwid)) continue;
    if (wwid !== undefined) seen.add(wwid);
    const line = pairs.get(name) ?? '';
    const vendor = scsiVendor(values.get('device/vendor'));
    const model = given(values.get('device/model')) ?? given(pairOf(line, 'MODEL'));
    const serial = given(values.get('serial')) ?? given(values.get('device/serial')) ?? given(pairOf(line, 'SERIAL'));
    found.push({
      name,
      // Linux counts sectors of 512 bytes here whatever the device has.
      sizeKiB: Math.floor(sectors / 2),
      ...present({
        model: vendor && model && !model.startsWith(vendor) ? `${vendor} ${model}` : (model ?? vendor),
        serial,
        firmware: given(values.get('device/firmware_rev')) ?? given(values.get('device/rev')),
      }),
      kind: kindOf(name, values, vendor),
    });
  }
  return found;
}

/** `ATA` is the transport, and a number is a PCI vendor: neither names a maker. */
function scsiVendor(text: string | undefined): string | undefined {
  const vendor = given(text);
  return vendor === undefined || vendor === 'ATA' || vendor.startsWith('0x') ? undefined : vendor;
}

function kindOf(
  name: string,
  values: ReadonlyMap<string, string>,
  vendor: string | undefined,
): NonNullable<Drive['kind']> {
  if (name.startsWith('nvme')) return 'nvme';
  if (/^(?:vd|xvd)/.test(name) || virtualVendors.has(vendor ?? '')) return 'virtual';
  if (values.get('device/model')?.startsWith('QEMU')) return 'virtual';
  if (values.get('removable') === '1' || name.startsWith('mmcblk')) return 'other';
  const rotational = values.get('queue/rotational');
  return rotational === '1' ? 'disk' : rotational === '0' ? 'ssd' : 'other';
}

/** `NAME="sda" SERIAL="…"` of `lsblk -P`. */
function pairOf(line: string, key: string): string | undefined {
  const from = ` ${line}`.indexOf(` ${key}="`);
  if (from < 0) return undefined;
  const start = from + key.length + 2;
  const end = line.indexOf('"', start);
  return end < 0 ? undefined : line.slice(start, end);
}
