/** Firewalls and RouterOS, which have words of their own: `get system status`, `show system info`, `get system`, `/system resource print`. */
import type { NetworkInterface } from 'ksocket/plugin';
import { addressOf, addressWithPrefix, prefixOfMask } from '../../parse/addresses.js';
import { linesOf, present, wholeNumber, wordsOf } from '../../parse/text.js';
import type { Facts } from '../facts.js';
import { deviceMac, labelled } from './lines.js';

/** FortiOS: `Version: FortiGate-60E v6.0.4,build0231,190107 (GA)`, `Serial-Number: FGT60E4Q…`. */
export function fortiStatus(text: string): Facts {
  const software = labelled(text, 'Version');
  const [model, release] = wordsOf(software ?? '');
  const [version, build] = (release ?? '').split(',');
  return {
    os: {
      family: 'FortiOS',
      name: 'FortiOS',
      ...present({ hostname: labelled(text, 'Hostname'), version: version?.replace(/^v/, ''), build }),
    },
    product: {
      vendor: 'Fortinet',
      ...present({ name: model, model, serial: labelled(text, 'Serial-Number'), firmware: software }),
    },
    deviceTypes: ['firewall'],
  };
}

/** `name: port1   mode: static    ip: 10.0.0.1 255.255.255.0   status: up    type: physical`, below `== [ port1 ]`. */
export function fortiInterfaces(text: string): Facts {
  const interfaces = linesOf(text).flatMap((line): NetworkInterface[] => {
    const words = wordsOf(line);
    const after = (key: string) => words[words.indexOf(key) + 1];
    if (words[0] !== 'name:' || words[1] === undefined) return [];
    const at = words.indexOf('ip:');
    const address = at < 0 ? undefined : addressOf(words[at + 1]);
    const prefix = prefixOfMask(words[at + 2]);
    const status = words.includes('status:') ? after('status:') : undefined;
    const addresses =
      address === undefined || address === '0.0.0.0' ? undefined : [{ address, ...present({ prefix }) }];
    return [
      {
        name: words[1],
        ...present({ admin: status === 'up' || status === 'down' ? status : undefined, addresses }),
      } as NetworkInterface,
    ];
  });
  return { interfaces };
}

/** PAN-OS, `show system info`: `hostname: fw1`, `model: PA-220`, `serial: 0123…`, `sw-version: 10.1.3`. */
export function panInfo(text: string): Facts {
  const model = labelled(text, 'model');
  const mac = deviceMac(labelled(text, 'mac-address'));
  const address = addressOf(labelled(text, 'ip-address'));
  const prefix = prefixOfMask(labelled(text, 'netmask'));
  const management = {
    name: 'management',
    ...present({ mac, addresses: address && [{ address, ...present({ prefix }) }] }),
  };
  return {
    os: {
      family: 'PAN-OS',
      name: 'PAN-OS',
      ...present({ hostname: labelled(text, 'hostname'), version: labelled(text, 'sw-version') }),
    },
    product: {
      vendor: 'Palo Alto Networks',
      ...present({ name: model, model, serial: labelled(text, 'serial'), firmware: labelled(text, 'sw-version') }),
    },
    deviceTypes: ['firewall'],
    interfaces: [management as NetworkInterface],
  };
}

/** ScreenOS, `get system`: `Product Name: SSG5-Serial`, `Serial Number: 0162…, Control Number: 00000000`. */
export function screenSystem(text: string): Facts {
  const first = (...labels: string[]) => labelled(text, ...labels)?.split(',')[0];
  const model = first('Product Name');
  const version = first('Software Version');
  return {
    os: { family: 'ScreenOS', name: 'ScreenOS', ...present({ version }) },
    product: {
      vendor: 'Juniper',
      ...present({
        name: model,
        model,
        serial: first('Serial Number'),
        version: first('Hardware Version'),
        firmware: version,
      }),
    },
    deviceTypes: ['firewall'],
  };
}

/** RouterOS, `/system resource print`: `version: 6.48.6 (long-term)`, `board-name: hAP ac^2`. */
export function routerosResource(text: string): Facts {
  const version = labelled(text, 'version');
  const board = labelled(text, 'board-name');
  return {
    os: {
      family: 'RouterOS',
      name: 'RouterOS',
      ...present({ version: version?.split(' ')[0], architecture: labelled(text, 'architecture-name') }),
    },
    product: { vendor: 'MikroTik', ...present({ name: board, firmware: version }) },
    deviceTypes: ['router'],
  };
}

/** `/system routerboard print`: `model: RBD52G-5HacD2HnD`, `serial-number: …`. */
export function routerboard(text: string): Facts {
  const model = labelled(text, 'model');
  return { product: { ...present({ model, serial: labelled(text, 'serial-number') }) } };
}

export function routerosIdentity(text: string): Facts {
  return { os: { ...present({ hostname: labelled(text, 'name') }) } };
}

/** `/ip address print`: ` 0   192.168.88.1/24    192.168.88.0    bridge`; a disabled address has an X, a dynamic one a D. */
export function routerosAddresses(text: string): Facts {
  const byName = new Map<string, { address: string; prefix?: number }[]>();
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    const at = words.findIndex((word) => word.includes('/') && addressWithPrefix(word)?.prefix !== undefined);
    const name = words.at(-1);
    const it = addressWithPrefix(words[at]);
    if (wholeNumber(words[0]) === undefined || at < 0 || it === undefined || name === undefined) continue;
    if (words.slice(1, at).some((flag) => flag.includes('X'))) continue;
    byName.set(name, [...(byName.get(name) ?? []), it]);
  }
  return { interfaces: [...byName].map(([name, addresses]) => ({ name, addresses })) };
}
