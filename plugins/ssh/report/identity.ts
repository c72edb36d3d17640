/** The identity section. */
import { type Section, section } from 'ksocket/plugin';
import { dmiUuid } from '../parse/dmi.js';
import { physicalMacs } from '../parse/interfaces.js';
import { machineId } from '../parse/os.js';
import { keyValues, present } from '../parse/text.js';
import { isContainer } from '../parse/virtualization.js';
import type { Answers } from '../run.js';
import { answered, textOf } from './answers.js';
import { deviceTree, firmwareOf, needingRoot } from './firmware.js';

export function identitySection({ parts }: Answers, hostKeys: readonly string[]): Section<'identity'> {
  const { dmi, unreadable, virtualization } = firmwareOf(parts);
  const serial = dmi.get('product_serial') ?? (isContainer(virtualization) ? undefined : deviceTree(parts).serial);
  const macs = physicalMacs({ sys: answered(parts, 'net-sys'), link: answered(parts, 'ip-link'), address: undefined });
  // A jail has the host’s, or zeros.
  const hostUuid = isContainer(virtualization)
    ? undefined
    : dmiUuid(keyValues(textOf(parts, 'sysctl')).get('kern.hostuuid'));
  return section(
    'identity',
    present({
      serial,
      vendor: serial === undefined ? undefined : dmi.get('sys_vendor'),
      uuid: dmi.get('product_uuid'),
      machineId: machineId(textOf(parts, 'release')) ?? hostUuid,
      macs: macs.length > 0 ? macs : undefined,
      hostKeys: hostKeys.length > 0 ? [...hostKeys].sort() : undefined,
    }) ?? {},
    { missing: needingRoot(unreadable, { product_serial: 'serial', product_uuid: 'uuid' }) },
  );
}
