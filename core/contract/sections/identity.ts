/** What a device is recognised by when it is met again. */
import { z } from 'zod';
import { text } from './values.js';

export const identity = z.object({
  serial: text.optional().describe('Serial number of the chassis or product'),
  vendor: text.optional().describe('Who gave that serial number; serials of different vendors may be equal'),
  uuid: text.optional().describe('SMBIOS system UUID, lower case'),
  machineId: text.optional().describe('systemd machine-id, or the platform’s equal (hostid, MachineGuid)'),
  macs: z.array(text).optional().describe('Burnt-in MAC addresses of the physical interfaces'),
  hostKeys: z.array(text).optional().describe('SSH host-key fingerprints, SHA256:… as OpenSSH prints them'),
  engineId: text.optional().describe('SNMP engine ID, hexadecimal (RFC 3411)'),
  cloudId: text.optional().describe('Resource id given by the cloud'),
  vsphereId: text.optional().describe('Instance UUID of the virtual machine, or hardware UUID of the ESXi host'),
});
