/** Who is connected to which port: `show lldp neighbors detail`, `show cdp neighbors detail` and the tables of Junos and Comware. */
import { addressOf } from '../../parse/addresses.js';
import { given, linesOf, present, wordsOf } from '../../parse/text.js';
import type { Edge, Facts } from '../facts.js';
import { blocks, deviceMac, labelled } from './lines.js';

/** IEEE 802.1AB, 8.5.8.1, in the letters that IOS and NX-OS print. */
const lldpCapabilities: Record<string, string> = {
  O: 'other',
  P: 'repeater',
  B: 'bridge',
  W: 'wlanAccessPoint',
  R: 'router',
  T: 'telephone',
  C: 'docsisCableDevice',
  S: 'stationOnly',
};
/** The words of CDP’s capabilities in those of LLDP. */
const cdpCapabilities: Record<string, string> = {
  router: 'router',
  switch: 'bridge',
  host: 'stationOnly',
  phone: 'telephone',
  'trans-bridge': 'bridge',
  repeater: 'repeater',
};

function value(text: string | undefined): string | undefined {
  const it = given(text);
  return it === undefined || it === 'not advertised' || it === '-' || it === 'null' ? undefined : it;
}

/** A chassis or port that is a MAC address is written as all MAC addresses are. */
function id(text: string | undefined): string | undefined {
  const it = value(text);
  return deviceMac(it) ?? it;
}

function addresses(lines: readonly string[]): string[] {
  const found = lines.flatMap((line) => {
    const at = line.indexOf(':');
    const label = line.slice(0, at).trim().toLowerCase();
    if (!/^(?:ip|ipv4|ipv6|management)(?: address)?(?: ipv6)?$/.test(label)) return [];
    return addressOf(wordsOf(line.slice(at + 1))[0]) ?? [];
  });
  return [...new Set(found)];
}

/** A neighbour begins with `Local Intf:`; NX-OS writes `Chassis id:` before `Local Port id:`, with a rule of dashes or none between them. */
export function lldpDetail(text: string): Facts {
  const nxos = linesOf(text).some((line) => line.startsWith('Local Port id:'));
  const isHead = (line: string) => line.startsWith(nxos ? 'Chassis id:' : 'Local Intf:');
  const edges = blocks(text, isHead).map(({ head, lines }): Edge => {
    const block = [head, ...lines].join('\n');
    const described = lines.findIndex((line) => line.startsWith('System Description:'));
    const description = value(lines[described]?.slice('System Description:'.length)) ?? value(lines[described + 1]);
    const letters = labelled(block, 'Enabled Capabilities') ?? '';
    const capabilities = letters.split(/[ ,]+/).flatMap((it) => lldpCapabilities[it] ?? []);
    const remote = addresses(lines);
    return {
      protocol: 'lldp',
      ...present({
        localPort: value(labelled(block, 'Local Intf', 'Local Port id')),
        remoteId: id(labelled(block, 'Chassis id')),
        remotePort: id(labelled(block, 'Port id')),
        remoteName: value(labelled(block, 'System Name')),
        remoteDescription: described < 0 ? undefined : description,
        remoteAddresses: remote.length > 0 ? remote : undefined,
        capabilities: capabilities.length > 0 ? capabilities : undefined,
      }),
    };
  });
  return { edges };
}

/** `Device ID: sw2` … `Platform: cisco WS-C3750X,  Capabilities: Router Switch` … `Interface: Gi0/1,  Port ID (outgoing port): Gi1/0/48`. */
export function cdpDetail(text: string): Facts {
  const edges = blocks(text, (line) => line.startsWith('Device ID:')).map(({ head, lines }): Edge => {
    const parts = lines.flatMap((line) => line.split(',  ').flatMap((it) => it.split(', '))).join('\n');
    const words = wordsOf(labelled(parts, 'Capabilities') ?? '');
    const capabilities = [...new Set(words.flatMap((it) => cdpCapabilities[it.toLowerCase()] ?? []))];
    const versionAt = lines.findIndex((line) => line.startsWith('Version'));
    const remote = addresses(lines);
    const device = value(head.slice('Device ID:'.length));
    return {
      protocol: 'cdp',
      ...present({
        localPort: value(labelled(parts, 'Interface')),
        remoteId: device,
        remotePort: value(labelled(parts, 'Port ID (outgoing port)')),
        remoteName: value(labelled(parts, 'System Name')) ?? device,
        remoteDescription: versionAt < 0 ? undefined : value(lines[versionAt + 1]),
        remotePlatform: value(labelled(parts, 'Platform')),
        remoteAddresses: remote.length > 0 ? remote : undefined,
        capabilities: capabilities.length > 0 ? capabilities : undefined,
      }),
    };
  });
  return { edges };
}

/** `Local Interface    Parent Interface    Chassis Id          Port info          System Name`; columns by their heads, since a name may have blanks. */
export function junosLldp(text: string): Facts {
  const lines = linesOf(text);
  const at = lines.findIndex((line) => line.startsWith('Local Interface') && line.includes('Chassis Id'));
  const head = lines[at] ?? '';
  const [chassis, port, system] = ['Chassis Id', 'Port info', 'System Name'].map((it) => head.indexOf(it));
  if (at < 0 || chassis === undefined || port === undefined || port < 0) return { edges: [] };
  const edges = lines.slice(at + 1).flatMap((line): Edge[] => {
    const local = wordsOf(line)[0];
    const remoteId = id(line.slice(chassis, port));
    if (local === undefined || remoteId === undefined) return [];
    const end = system === undefined || system < 0 ? undefined : system;
    const remotePort = id(line.slice(port, end));
    const remoteName = end === undefined ? undefined : value(line.slice(end));
    return [{ protocol: 'lldp', localPort: local, remoteId, ...present({ remotePort, remoteName }) }];
  });
  return { edges };
}

/** `LLDP neighbor-information of port 1[GigabitEthernet1/0/1]:` and below it ` ChassisID/subtype : 0011-2233-4455/MAC address`. */
export function comwareLldp(text: string): Facts {
  const edges = blocks(text, (line) => line.startsWith('LLDP neighbor-information of port')).flatMap(
    ({ head, lines }): Edge[] => {
      const block = lines.join('\n');
      const open = head.indexOf('[');
      const local = open < 0 ? undefined : value(head.slice(open + 1).split(']', 1)[0]);
      const untyped = (text_: string | undefined) => {
        const cut = text_?.lastIndexOf('/') ?? -1;
        return id(cut > 0 ? text_?.slice(0, cut) : text_);
      };
      const remoteId = untyped(labelled(block, 'ChassisID/subtype')) ?? id(labelled(block, 'Chassis ID'));
      const remotePort = untyped(labelled(block, 'PortID/subtype')) ?? id(labelled(block, 'Port ID'));
      const remoteName = value(labelled(block, 'System name'));
      if (remoteId === undefined && remotePort === undefined) return [];
      return [{ protocol: 'lldp', ...present({ localPort: local, remoteId, remotePort, remoteName }) }];
    },
  );
  return { edges };
}
