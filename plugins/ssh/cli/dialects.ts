/**
 * The command lines that this plug-in speaks, as data: how each is recognised, how its pager is put off for the one session, and
 * which commands are asked. Every command only shows; none enters a mode in which something could be changed. What is not in this
 * table is never typed.
 */
import type { Facts } from './facts.js';
import { comwareInterfaces, comwareVersion, manufacturing, vrpSerial, vrpVersion } from './parse/comware.js';
import {
  fortiInterfaces,
  fortiStatus,
  panInfo,
  routerboard,
  routerosAddresses,
  routerosIdentity,
  routerosResource,
  screenSystem,
} from './parse/firewalls.js';
import { eosVersion, inventory, iosVersion, nxosVersion } from './parse/ios.js';
import { iosInterfaces } from './parse/ios-interfaces.js';
import {
  alaxalaVersion,
  apresiaVersion,
  awplusSystem,
  awplusVersion,
  fitelnetVersion,
  necVersion,
  yamahaEnvironment,
} from './parse/japan.js';
import { chassisHardware, junosInterfaces, junosVersion } from './parse/junos.js';
import { arpRows } from './parse/lines.js';
import { cdpDetail, comwareLldp, junosLldp, lldpDetail } from './parse/neighbours.js';
import type { PromptKind } from './prompt.js';

/** Which list of the inventory a command answers for; what its refusal leaves unknown. */
export type Subject = 'version' | 'serial' | 'interfaces' | 'neighbours' | 'edges';

export interface Question {
  readonly command: string;
  readonly about: Subject;
  readonly read: (text: string) => Facts;
}

export interface Dialect {
  readonly name: string;
  readonly prompts: readonly PromptKind[];
  /** In the answer to the first question, or in the banner, where only this family says it. */
  readonly says: readonly string[];
  /** Puts the pager off for this session; where there is none, pages are turned. */
  readonly noPaging?: string;
  /** The first one tells the family. */
  readonly asks: readonly Question[];
}

const q = (about: Subject, command: string, read: (text: string) => Facts): Question => ({ about, command, read });

const cisco = [
  q('serial', 'show inventory', inventory),
  q('interfaces', 'show interfaces', iosInterfaces),
  q('neighbours', 'show ip arp', arpRows),
  q('edges', 'show lldp neighbors detail', lldpDetail),
  q('edges', 'show cdp neighbors detail', cdpDetail),
];

/** Special ones first: EOS and NX-OS say Cisco’s words too. */
export const dialects: readonly Dialect[] = [
  {
    name: 'EOS',
    prompts: ['angle'],
    says: ['Arista '],
    noPaging: 'terminal length 0',
    asks: [
      q('version', 'show version', eosVersion),
      q('interfaces', 'show interfaces', iosInterfaces),
      q('neighbours', 'show ip arp', arpRows),
    ],
  },
  {
    name: 'NX-OS',
    prompts: ['angle'],
    says: ['Cisco Nexus Operating System (NX-OS)', 'NXOS: version', 'kickstart: version'],
    noPaging: 'terminal length 0',
    asks: [
      q('version', 'show version', nxosVersion),
      q('serial', 'show inventory', inventory),
      q('interfaces', 'show interface', iosInterfaces),
      q('neighbours', 'show ip arp', arpRows),
      q('edges', 'show lldp neighbors detail', lldpDetail),
      q('edges', 'show cdp neighbors detail', cdpDetail),
    ],
  },
  {
    name: 'IOS',
    prompts: ['angle'],
    says: ['Cisco IOS', 'Cisco Internetwork Operating System', 'IOS (tm)'],
    noPaging: 'terminal length 0',
    asks: [q('version', 'show version', iosVersion), ...cisco],
  },
  {
    name: 'AlliedWare Plus',
    prompts: ['angle'],
    says: ['AlliedWare Plus'],
    noPaging: 'terminal length 0',
    asks: [
      q('version', 'show version', awplusVersion),
      q('serial', 'show system', awplusSystem),
      q('interfaces', 'show interface', iosInterfaces),
      q('neighbours', 'show arp', arpRows),
      q('edges', 'show lldp neighbors detail', lldpDetail),
    ],
  },
  {
    name: 'ALAXALA',
    prompts: ['angle'],
    says: ['S/W: OS-L', 'S/W: OS-S', 'S/W: OS-R'],
    noPaging: 'set terminal pager disable',
    asks: [q('version', 'show version', alaxalaVersion), q('neighbours', 'show ip arp', arpRows)],
  },
  {
    name: 'NEC IX',
    prompts: ['angle'],
    says: ['NEC Portable Internetwork Core'],
    asks: [
      q('version', 'show version', necVersion),
      q('interfaces', 'show interfaces', iosInterfaces),
      q('neighbours', 'show arp', arpRows),
    ],
  },
  {
    name: 'FITELnet',
    prompts: ['angle'],
    says: ['FITELnet'],
    asks: [
      q('version', 'show version', fitelnetVersion),
      q('interfaces', 'show interface', iosInterfaces),
      q('neighbours', 'show ip arp', arpRows),
    ],
  },
  {
    name: 'APRESIA AEOS',
    prompts: ['angle'],
    says: ['APRESIA', 'Apresia', 'AEOS'],
    asks: [q('version', 'show version', apresiaVersion), q('neighbours', 'show arp', arpRows)],
  },
  {
    name: 'Yamaha',
    prompts: ['angle'],
    says: ['Yamaha Corporation', 'BootROM Ver.'],
    asks: [q('version', 'show environment', yamahaEnvironment), q('neighbours', 'show arp', arpRows)],
  },
  {
    name: 'VRP',
    prompts: ['brackets'],
    says: ['Huawei', 'HUAWEI', 'VRP (R)'],
    noPaging: 'screen-length 0 temporary',
    asks: [
      q('version', 'display version', vrpVersion),
      q('serial', 'display esn', vrpSerial),
      q('interfaces', 'display interface', comwareInterfaces),
      q('neighbours', 'display arp', arpRows),
    ],
  },
  {
    name: 'Comware',
    prompts: ['brackets'],
    says: ['Comware'],
    noPaging: 'screen-length disable',
    asks: [
      q('version', 'display version', comwareVersion),
      q('serial', 'display device manuinfo', manufacturing),
      q('interfaces', 'display interface', comwareInterfaces),
      q('neighbours', 'display arp', arpRows),
      q('edges', 'display lldp neighbor-information', comwareLldp),
    ],
  },
  {
    name: 'Junos',
    prompts: ['user'],
    says: ['JUNOS', 'Junos:', 'Junos OS'],
    noPaging: 'set cli screen-length 0',
    asks: [
      q('version', 'show version', junosVersion),
      q('serial', 'show chassis hardware', chassisHardware),
      q('interfaces', 'show interfaces', junosInterfaces),
      q('neighbours', 'show arp no-resolve', arpRows),
      q('edges', 'show lldp neighbors', junosLldp),
    ],
  },
  {
    name: 'PAN-OS',
    prompts: ['user'],
    says: ['sw-version:'],
    noPaging: 'set cli pager off',
    asks: [q('version', 'show system info', panInfo), q('neighbours', 'show arp all', arpRows)],
  },
  {
    name: 'FortiOS',
    prompts: ['blank'],
    says: ['Version: Forti'],
    asks: [
      q('version', 'get system status', fortiStatus),
      q('interfaces', 'get system interface', fortiInterfaces),
      q('neighbours', 'get system arp', arpRows),
    ],
  },
  {
    name: 'ScreenOS',
    prompts: ['arrow'],
    says: ['Product Name:'],
    asks: [q('version', 'get system', screenSystem), q('neighbours', 'get arp', arpRows)],
  },
  {
    name: 'RouterOS',
    prompts: ['routeros'],
    says: ['board-name:'],
    asks: [
      q('version', '/system resource print', routerosResource),
      q('serial', '/system routerboard print', routerboard),
      q('version', '/system identity print', routerosIdentity),
      q('interfaces', '/ip address print without-paging', routerosAddresses),
      q('neighbours', '/ip arp print without-paging', arpRows),
    ],
  },
];

/**
 * Beginnings of the software name in the server’s identification (RFC 4253, 4.2) of equipment without a POSIX shell. Who says one
 * of these is not asked for `/bin/sh`, which some of them take as a reason to hang up.
 */
export const deviceIdentifications: readonly string[] = [
  'Cisco-',
  'Comware-',
  'HUAWEI-',
  'VRP-',
  'NetScreen',
  'ROSSSH',
  'RomSShell',
  'AlliedTelesis',
  'Allied-Telesis',
  'Yamaha',
  'YAMAHA',
  'FITELnet',
];

/** `SSH-2.0-Cisco-1.25` */
export function isDevice(identification: string): boolean {
  const software = identification.split('-').slice(2).join('-');
  return deviceIdentifications.some((start) => software.startsWith(start));
}

/** The questions that tell families with the same prompt apart, each once, and the families that they could tell. */
export function probes(
  kind: PromptKind,
  banner: string,
): readonly (readonly [command: string, of: readonly Dialect[]])[] {
  const possible = dialects.filter((it) => it.prompts.includes(kind));
  const named = possible.filter((it) => it.says.some((words) => banner.includes(words)));
  const byCommand = new Map<string, Dialect[]>();
  // The banner is a hint, not a proof: who is named there is asked first.
  for (const it of [...named, ...possible.filter((other) => !named.includes(other))]) {
    const command = it.asks[0]?.command ?? '';
    byCommand.set(command, [...(byCommand.get(command) ?? []), it]);
  }
  return [...byCommand];
}
