/**
 * Cisco’s IOS, IOS XE and NX-OS, and EOS of Arista, whose commands and lines follow them: `show version`, `show inventory`.
 * Forms compared with the recorded outputs of ntc-templates (tests/cisco_ios, cisco_nxos, arista_eos).
 */
import type { DeviceType } from 'ksocket/plugin';
import { given, linesOf, present, wholeNumber, wordsOf } from '../../parse/text.js';
import type { Component, Facts } from '../facts.js';
import { deviceMac, labelled, wordAfter } from './lines.js';

/** `Cisco IOS Software, … (IMAGE-M), Version 12.2(54)SG1, RELEASE SOFTWARE`, and of IOS XE the version that is named first. */
export function iosVersion(text: string): Facts {
  const software = linesOf(text).find((line) => /^(?:Cisco IOS|IOS|Cisco Internetwork)/.test(line.trim()));
  const xe = linesOf(text).find((line) => line.startsWith('Cisco IOS XE Software, Version'));
  const version = xe ? wordAfter(xe, 'Version') : wordAfter(text, ', Version');
  const host = hostOf(text);
  const model = labelled(text, 'Model Number') ?? processorModel(text);
  const serial = labelled(text, 'System Serial Number') ?? wordAfter(text, 'Processor board ID');
  // Main memory and that for packets: `1687137K/6147K bytes of memory`.
  const kib = / with (\d{1,12})K(?:\/(\d{1,12})K)?/.exec(text);
  const base = deviceMac(labelled(text, 'Base ethernet MAC Address'));
  const isXe = xe !== undefined || text.includes('IOS-XE') || text.includes('IOS XE');
  return {
    os: {
      ...present({
        hostname: host,
        family: isXe ? 'IOS-XE' : 'IOS',
        name: isXe ? 'Cisco IOS XE' : 'Cisco IOS',
        version,
        bootTime: restarted(text),
        description: given(software),
      }),
    },
    product: { ...present({ vendor: 'Cisco', name: model, model, serial, firmware: version }) },
    memoryKiB: kib === null ? undefined : Number(kib[1]) + Number(kib[2] ?? 0),
    macs: base === undefined ? undefined : [base],
    deviceTypes: ciscoTypes(model, text),
  };
}

/** `router1 uptime is 2 years, 31 weeks…` */
function hostOf(text: string): string | undefined {
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    if (words[1] === 'uptime' && words[2] === 'is') return words[0];
  }
  return undefined;
}

/** `cisco WS-C4948E (MPC8548) processor (revision 4) with 1048576K bytes of memory.` */
function processorModel(text: string): string | undefined {
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    if (words[0]?.toLowerCase() === 'cisco' && (words[2]?.startsWith('(') || line.includes(' processor'))) {
      if (words[1] !== undefined && words[1] !== 'IOS' && words[1] !== 'Systems,') return words[1];
    }
  }
  return undefined;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `System restarted at 09:09:22 UTC Tue Apr 9 2013`; another time zone has only letters, and is no time. */
function restarted(text: string): string | undefined {
  const line = linesOf(text).find((it) => it.startsWith('System restarted at '));
  const [clock = '', zone, , month = '', day, year] = wordsOf(line?.slice('System restarted at '.length) ?? '');
  const number = months.indexOf(month) + 1;
  if (zone !== 'UTC' || number === 0 || !/^\d\d:\d\d:\d\d$/.test(clock)) return undefined;
  if (wholeNumber(day) === undefined || !/^\d{4}$/.test(year ?? '')) return undefined;
  const time = `${year}-${String(number).padStart(2, '0')}-${String(day).padStart(2, '0')}T${clock}Z`;
  return Number.isNaN(Date.parse(time)) ? undefined : time;
}

/** By the beginning of the model number, as Cisco’s product series are named. */
const ciscoSeries: readonly (readonly [RegExp, DeviceType])[] = [
  [/^(?:WS-|C9[2-6]\d\d|C1[023]00|IE-|ME-|N[2-9]K|ESS|C3[56]|CDB-|CBS)/, 'switch'],
  [/^(?:ISR|ASR|C8[1-5]|C11\d\d|CISCO\d|IR|CSR|VG|C[89]\d\d-|\d{3,4}$)/i, 'router'],
  [/^(?:ASA|FPR)/, 'firewall'],
  [/^(?:C98\d\d|AIR-CT)/, 'wireless-controller'],
  [/^(?:AIR-|C91\d\d)/, 'access-point'],
];

function ciscoTypes(model: string | undefined, text: string): DeviceType[] | undefined {
  const series = ciscoSeries.find(([start]) => start.test(model ?? ''));
  if (series) return [series[1]];
  const first = linesOf(text).slice(0, 4).join(' ');
  if (/\bSwitch Software\b|Catalyst/.test(first)) return ['switch'];
  return undefined;
}

/** `NAME: "Chassis", DESCR: "…"` and below it `PID: C9300-24T , VID: V01 , SN: FOC…`. */
export function inventory(text: string): Facts {
  const components: Component[] = [];
  let named: { name?: string | undefined; description?: string | undefined } = {};
  for (const line of linesOf(text)) {
    const trimmed = line.trim();
    if (trimmed.startsWith('NAME:')) {
      const quoted = trimmed.split('"');
      named = { name: given(quoted[1]), description: given(quoted[3]) };
    } else if (trimmed.startsWith('PID:')) {
      const value = (key: string) => {
        const it = trimmed.split(',').find((part) => part.trim().startsWith(`${key}:`));
        return given(it?.slice(it.indexOf(':') + 1));
      };
      const isChassis = /\bchassis\b/i.test(`${named.name} ${named.description}`);
      components.push({
        ...present({
          class: isChassis ? 'chassis' : undefined,
          ...named,
          model: value('PID'),
          hardware: value('VID'),
          serial: value('SN'),
        }),
      });
      named = {};
    }
  }
  const first = components[0];
  const isChassis = first !== undefined && /chassis|^1$|^Switch 1|stack/i.test(`${first.name} ${first.description}`);
  const product = isChassis && first.serial ? { ...present({ model: first.model, serial: first.serial }) } : undefined;
  return { components, product };
}

export function nxosVersion(text: string): Facts {
  const version = wordAfter(text, 'NXOS: version') ?? wordAfter(text, 'system:    version');
  const model = /^ {2}cisco (.{1,60}?) [Cc]hassis\b/m.exec(text)?.[1]?.trim();
  const kib = / with (\d{1,12}) kB of memory/.exec(text);
  return {
    os: { ...present({ hostname: labelled(text, 'Device name'), family: 'NX-OS', name: 'Cisco NX-OS', version }) },
    product: {
      ...present({
        vendor: 'Cisco',
        name: model,
        model,
        // What it calls Processor Board ID is the supervisor’s; the chassis’ stands in `show inventory`.
        firmware: version,
      }),
    },
    memoryKiB: wholeNumber(kib?.[1]),
    deviceTypes: ['switch'],
  };
}

export function eosVersion(text: string): Facts {
  const head = linesOf(text).find((line) => line.trim() !== '');
  const model = head?.startsWith('Arista ') ? given(head.slice('Arista '.length)) : undefined;
  const version = labelled(text, 'Software image version');
  const mac = deviceMac(labelled(text, 'System MAC address'));
  return {
    os: {
      ...present({
        family: 'EOS',
        name: 'Arista EOS',
        version,
        architecture: labelled(text, 'Architecture'),
      }),
    },
    product: {
      ...present({
        vendor: 'Arista',
        name: model,
        model,
        version: labelled(text, 'Hardware version'),
        serial: labelled(text, 'Serial number'),
        firmware: version,
      }),
    },
    memoryKiB: wholeNumber(labelled(text, 'Total memory')?.split(' ')[0]),
    macs: mac === undefined ? undefined : [mac],
    deviceTypes: ['switch'],
  };
}
