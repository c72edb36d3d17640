/** SMBIOS (DSP0134) as the Linux kernel shows it in /sys/class/dmi/id, as `dmidecode` prints it, and as FreeBSD’s kenv has it. */
import { filledIn, isPlaceholderUuid } from 'ksocket/plugin';
import { fileLines, keyValues, linesOf } from './text.js';

/** By the file names of /sys/class/dmi/id; placeholders are left out. */
export type Dmi = ReadonlyMap<string, string>;

/** Lower case, or undefined when it is no UUID or one that many machines share. */
export function dmiUuid(text: string | undefined): string | undefined {
  const uuid = text?.trim().toLowerCase();
  if (uuid === undefined || !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) return undefined;
  return isPlaceholderUuid(uuid) ? undefined : uuid;
}

function clean(values: Iterable<[string, string | undefined]>): Map<string, string> {
  const dmi = new Map<string, string>();
  for (const [field, value] of values) {
    const text = field === 'product_uuid' ? dmiUuid(value) : filledIn(value);
    if (text !== undefined && !dmi.has(field)) dmi.set(field, text);
  }
  return dmi;
}

/** The part `dmi`: `product_name:KVM`, and `unreadable:product_uuid` for files that are there but root’s own. */
export function dmiFiles(text: string): { dmi: Dmi; unreadable: readonly string[] } {
  const files = fileLines(text);
  const unreadable = files.get('unreadable') ?? [];
  files.delete('unreadable');
  return { dmi: clean([...files].map(([name, lines]) => [name, lines[0]])), unreadable };
}

/** Labels of dmidecode(8) in its BIOS (type 0), system (1), baseboard (2) and chassis (3) structures. */
const dmidecodeFields: Record<string, Record<string, string>> = {
  'BIOS Information': { Vendor: 'bios_vendor', Version: 'bios_version', 'Release Date': 'bios_date' },
  'System Information': {
    Manufacturer: 'sys_vendor',
    'Product Name': 'product_name',
    Version: 'product_version',
    'Serial Number': 'product_serial',
    UUID: 'product_uuid',
    'SKU Number': 'product_sku',
  },
  'Base Board Information': {
    Manufacturer: 'board_vendor',
    'Product Name': 'board_name',
    Version: 'board_version',
    'Serial Number': 'board_serial',
  },
  'Chassis Information': {
    Manufacturer: 'chassis_vendor',
    'Serial Number': 'chassis_serial',
    'Asset Tag': 'chassis_asset_tag',
  },
};

export function dmidecode(text: string): Dmi {
  const found: [string, string][] = [];
  let fields: Record<string, string> | undefined;
  for (const line of linesOf(text)) {
    if (!/^[ \t]/.test(line)) {
      fields = dmidecodeFields[line.trim()];
      continue;
    }
    const at = line.indexOf(':');
    const field = at < 0 ? undefined : fields?.[line.slice(0, at).trim()];
    if (field !== undefined) found.push([field, line.slice(at + 1)]);
  }
  return clean(found);
}

const kenvFields: [kenv: string, field: string][] = [
  ['smbios.bios.vendor', 'bios_vendor'],
  ['smbios.bios.version', 'bios_version'],
  ['smbios.bios.reldate', 'bios_date'],
  ['smbios.system.maker', 'sys_vendor'],
  ['smbios.system.product', 'product_name'],
  ['smbios.system.version', 'product_version'],
  ['smbios.system.serial', 'product_serial'],
  ['smbios.system.uuid', 'product_uuid'],
  ['smbios.planar.maker', 'board_vendor'],
  ['smbios.planar.product', 'board_name'],
  ['smbios.planar.serial', 'board_serial'],
];

/** `smbios.system.uuid="…"` of kenv(1). */
export function kenv(text: string): Dmi {
  const values = keyValues(text, '=');
  return clean(kenvFields.map(([name, field]) => [field, values.get(name)?.replaceAll('"', '')]));
}

/** `"IOPlatformSerialNumber" = "C02…"` of macOS’s ioreg(8). */
export function ioreg(text: string): Dmi {
  const values = keyValues(text, '=');
  const of = (name: string) => values.get(`"${name}"`)?.replace(/^<?"|">?$/g, '');
  return clean([
    ['sys_vendor', of('manufacturer')],
    ['product_name', of('model')],
    ['product_serial', of('IOPlatformSerialNumber')],
    ['product_uuid', of('IOPlatformUUID')],
  ]);
}
