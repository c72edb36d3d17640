/** Graphics and storage controllers on the PCI bus, by /sys/bus/pci/devices, with names from udev’s database or lspci(8). */
import { given, linesOf, present } from './text.js';

export interface PciDevice {
  readonly kind: 'display' | 'storage';
  readonly vendor?: string;
  readonly model: string;
}

/** Class codes of the PCI Code and ID Assignment Specification: 03 display; 0104 RAID, 0107 Serial Attached SCSI. */
function kindOf(pciClass: string): PciDevice['kind'] | undefined {
  if (pciClass.startsWith('0x03')) return 'display';
  return pciClass.startsWith('0x0104') || pciClass.startsWith('0x0107') ? 'storage' : undefined;
}

const udev = '/run/udev/data/+pci:';

export function pciDevices(text: string): PciDevice[] {
  const files = slotsOf(text);
  const named = lspci(text);
  const found: PciDevice[] = [];
  for (const [slot, values] of files) {
    const kind = kindOf(values.get('class') ?? '');
    if (kind === undefined) continue;
    const name = named.get(slot);
    const ids = [values.get('vendor'), values.get('device')].map((id) => /^0x([0-9a-f]{4})$/.exec(id ?? '')?.[1]);
    const model = values.get('ID_MODEL_FROM_DATABASE') ?? name?.model ?? (ids[0] && ids[1] && `PCI ${ids.join(':')}`);
    if (model === undefined || model === '') continue;
    found.push({ kind, model, ...present({ vendor: values.get('ID_VENDOR_FROM_DATABASE') ?? name?.vendor }) });
  }
  return found;
}

/** `0000:00:02.0/class:0x030000` and `/run/udev/data/+pci:0000:00:02.0:E:ID_MODEL_FROM_DATABASE=…`: the slot itself holds colons. */
function slotsOf(text: string): Map<string, Map<string, string>> {
  const slots = new Map<string, Map<string, string>>();
  for (const line of linesOf(text)) {
    const file = /^([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\/(class|vendor|device):(0x[0-9a-f]{4,6})$/.exec(line);
    const property = line.startsWith(udev)
      ? /^([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]):E:(ID_(?:VENDOR|MODEL)_FROM_DATABASE)=(.+)$/.exec(
          line.slice(udev.length),
        )
      : null;
    const [, slot = '', name = '', value = ''] = file ?? property ?? [];
    if (slot === '') continue;
    const values = slots.get(slot) ?? new Map<string, string>();
    slots.set(slot, values.set(name, value));
  }
  return slots;
}

/** `0000:00:02.0 "VGA compatible controller" "Intel Corporation" "HD Graphics 620" -r02 …` of `lspci -Dmm`. */
function lspci(text: string): Map<string, { vendor: string | undefined; model: string | undefined }> {
  const devices = new Map<string, { vendor: string | undefined; model: string | undefined }>();
  for (const line of linesOf(text)) {
    const [slot, , , vendor, , model] = line.split('"');
    const name = given(slot);
    if (name !== undefined && model !== undefined) devices.set(name, { vendor: given(vendor), model: given(model) });
  }
  return devices;
}
