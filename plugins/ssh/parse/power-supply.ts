/** /sys/class/power_supply: mains adapters, batteries and uninterruptible supplies (Documentation/ABI/testing/sysfs-class-power). */
import { filledIn } from 'ksocket/plugin';
import type { PowerSupply } from './smbios-structures.js';
import { folderValues, given, present } from './text.js';

export function kernelPowerSupplies(text: string): PowerSupply[] {
  const found: PowerSupply[] = [];
  for (const [name, values] of folderValues(text)) {
    // The battery of a mouse has the scope Device.
    if (values.get('type') === undefined || values.get('scope') === 'Device') continue;
    const online = values.get('online');
    found.push({
      name,
      ...present({
        vendor: filledIn(values.get('manufacturer')),
        model: filledIn(values.get('model_name')),
        serial: filledIn(values.get('serial_number')),
        state: given(values.get('status')) ?? (online === '1' ? 'online' : online === '0' ? 'offline' : undefined),
      }),
    });
  }
  return found;
}
