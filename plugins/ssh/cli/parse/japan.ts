/**
 * Makers whose equipment stands in every Japanese network: Yamaha, Allied Telesis, NEC, ALAXALA, Furukawa (FITELnet), APRESIA.
 * Yamaha and AlliedWare Plus are compared with recorded outputs of ntc-templates; the others with what the makers’ manuals and
 * public pages show.
 */
import type { DeviceType } from 'ksocket/plugin';
import { given, linesOf, present, wholeNumber, wordsOf } from '../../parse/text.js';
import type { Component, Facts } from '../facts.js';
import { deviceMac, labelled, wordAfter } from './lines.js';

/** By the beginning of Yamaha’s model names. */
const yamahaTypes: readonly (readonly [string, DeviceType])[] = [
  ['RTX', 'router'],
  ['RTV', 'router'],
  ['NVR', 'router'],
  ['vRX', 'router'],
  ['SRT', 'firewall'],
  ['FWX', 'firewall'],
  ['UTX', 'firewall'],
  ['SWX', 'switch'],
  ['SWR', 'switch'],
  ['SWP', 'switch'],
  ['WLX', 'access-point'],
];

/**
 * `show environment`: `RTX810 Rev.11.01.33 (Fri Apr 20 08:44:58 2018)` and
 * `main:  RTX810 ver=00 serial=S3KXXXXXX MAC-Address=00:a0:de:… MAC-Address=…`, which the terminal breaks anywhere.
 */
export function yamahaEnvironment(text: string): Facts {
  const revision = linesOf(text)
    .map((line) => line.trim())
    .find((line) => /^\S{2,30} Rev\.\d/.test(line));
  const model = revision?.split(' ', 1)[0];
  const version = revision === undefined ? undefined : wordAfter(revision, 'Rev.');
  // Broken at 80 columns, in the middle of a word.
  const joined = text.replaceAll('\n', '');
  const macs = joined
    .split('MAC-Address=')
    .slice(1)
    .flatMap((it) => deviceMac(it.slice(0, 17)) ?? []);
  const kind = yamahaTypes.find(([start]) => model?.startsWith(start));
  return {
    os: { ...present({ family: 'Yamaha', name: model && `${model} firmware`, version, bootTime: yamahaBoot(text) }) },
    product: {
      ...present({
        vendor: 'Yamaha',
        name: model,
        model,
        serial: /\bserial=([A-Za-z0-9]{4,20})\b/.exec(text)?.[1],
        firmware: revision?.split(' ')[1],
      }),
    },
    macs: macs.length > 0 ? macs : undefined,
    deviceTypes: kind && [kind[1]],
  };
}

/** `Boot time: 2019/10/01 22:00:17 +09:00`; in Japanese the label differs and the form is the same. */
function yamahaBoot(text: string): string | undefined {
  const found = /(?:Boot time|起動時刻): (\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d) ([+-]\d\d:\d\d)/.exec(text);
  if (!found) return undefined;
  const at = Date.parse(`${found[1]}-${found[2]}-${found[3]}T${found[4]}${found[5]}`);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString().replace('.000Z', 'Z');
}

/** `AlliedWare Plus (TM) 5.4.6 08/17/16 05:43:12` */
export function awplusVersion(text: string): Facts {
  const version = wordAfter(text, 'AlliedWare Plus (TM) ');
  return {
    os: {
      family: 'AlliedWare Plus',
      name: 'AlliedWare Plus',
      ...present({ version, build: labelled(text, 'Build name') }),
    },
    product: { vendor: 'Allied Telesis', ...present({ firmware: version }) },
  };
}

/** `show system`: a table of boards, `Software version : 5.4.5-1.3`, and the name below `System Name`. */
export function awplusSystem(text: string): Facts {
  const lines = linesOf(text);
  const components: Component[] = [];
  for (const line of lines) {
    const words = wordsOf(line);
    const name = words[0];
    if (!/^(?:Base|PSU|Expansion|Fan|Line|Controller|Chassis|Fabric)$/.test(name ?? '') || words.length < 4) continue;
    const serial = words.at(-1);
    const hardware = words.at(-2);
    // `Base  467  AT-SH210-24GT  B-0  G22TG6001`, with a bay between where the board sits in one.
    const model = words.slice(2, -2).at(-1);
    components.push({
      class:
        name === 'PSU'
          ? 'powerSupply'
          : name === 'Fan'
            ? 'fan'
            : name === 'Base' || name === 'Chassis'
              ? 'chassis'
              : 'module',
      ...present({ name, model, hardware, serial }),
    });
  }
  const base = components.find((it) => it.class === 'chassis');
  const named = lines.findIndex((line) => line.trim() === 'System Name');
  const model = base?.model;
  const type = model === undefined ? undefined : awplusType(model);
  return {
    os: {
      ...present({
        hostname: named < 0 ? undefined : given(lines[named + 1]),
        version: labelled(text, 'Software version')?.split(' ')[0],
      }),
    },
    product: { vendor: 'Allied Telesis', ...present({ name: model, model, serial: base?.serial }) },
    memoryKiB: wholeNumber(/RAM: {1,3}Total: (\d{1,12}) kB/.exec(text)?.[1]),
    deviceTypes: type && [type],
    components: components.length > 0 ? components : undefined,
  };
}

/** Allied Telesis: AR are routers with a firewall, TQ access points, all others with AlliedWare Plus switches. */
function awplusType(model: string): DeviceType {
  const bare = model.replace(/^AT-/, '');
  return bare.startsWith('AR') ? 'router' : bare.startsWith('TQ') ? 'access-point' : 'switch';
}

/** `IX Series IX2215 (magellan-sec) Software, Version 10.7.18, RELEASE SOFTWARE` */
export function necVersion(text: string): Facts {
  const software = linesOf(text).find((line) => line.includes(' Software, Version ') && line.includes('IX'));
  const model = software === undefined ? undefined : wordAfter(software, ' Series ');
  const version = software === undefined ? undefined : wordAfter(software, 'Version ');
  // `Processor board ID <0>` is a slot and no serial number.
  const kib = / with (\d{1,12})K bytes of memory/.exec(text);
  return {
    os: { family: 'NEC IX', name: 'NEC Portable Internetwork Core Operating System', ...present({ version }) },
    product: {
      vendor: 'NEC',
      ...present({ name: model, model, serial: labelled(text, 'Serial number', 'Serial Number'), firmware: version }),
    },
    memoryKiB: wholeNumber(kib?.[1]),
    deviceTypes: ['router'],
  };
}

/** `Model: AX3650S-24T6XW`, `S/W: OS-L3SA Ver. 11.14.J`, `H/W: AX-3650-24T6XW [AX3650S0000000000]`. */
export function alaxalaVersion(text: string): Facts {
  const model = labelled(text, 'Model');
  const software = labelled(text, 'S/W');
  const board = linesOf(text).slice(linesOf(text).findIndex((line) => line.trim().startsWith('H/W')));
  const serial = /\[([A-Z0-9]{8,24})\]/.exec(board.join('\n'))?.[1];
  return {
    os: {
      family: 'ALAXALA',
      ...present({
        name: software?.split(' ')[0],
        version: software === undefined ? undefined : wordAfter(software, 'Ver.'),
      }),
    },
    product: { vendor: 'ALAXALA', ...present({ name: model, model, serial, firmware: software }) },
    deviceTypes: /^AX\d{4}S/.test(model ?? '') ? ['switch'] : /^AX\d{4}R/.test(model ?? '') ? ['router'] : undefined,
  };
}

/** `FITELnet F220 EX ...` with a version somewhere behind `Version`. */
export function fitelnetVersion(text: string): Facts {
  const line = linesOf(text).find((it) => it.includes('FITELnet'));
  const model = line === undefined ? undefined : wordAfter(line.replace('FITELnet-', 'FITELnet '), 'FITELnet ');
  const version = wordAfter(text, 'Version ') ?? /\bV\d{2}\.\d{2}\([^)\s]{1,12}\)/.exec(text)?.[0];
  const serial = labelled(text, 'Serial No.', 'Serial No', 'Serial number', 'Serial Number');
  return {
    os: { family: 'FITELnet', ...present({ version }) },
    product: {
      vendor: 'Furukawa Electric',
      ...present({ name: model && `FITELnet ${model}`, model, serial, firmware: version }),
    },
    deviceTypes: ['router'],
  };
}

/** `APRESIA Systems, …`, `Apresia13200-48X`, `AEOS Ver. 8.40.01`. */
export function apresiaVersion(text: string): Facts {
  const model =
    labelled(text, 'Model', 'Model name', 'Device Type') ?? /\b(?:ApresiaNP|Apresia)\d{3,5}[\w-]{0,24}/.exec(text)?.[0];
  const version = /\bVer(?:sion)?\.? ?:? ?(\d[\w.]{0,24})/.exec(text)?.[1];
  return {
    os: { family: 'AEOS', name: 'APRESIA AEOS', ...present({ version }) },
    product: {
      vendor: 'APRESIA Systems',
      ...present({
        name: model,
        model,
        serial: labelled(text, 'Serial Number', 'Serial No.', 'Serial No', 'S/N'),
        firmware: version,
      }),
    },
    deviceTypes: ['switch'],
  };
}
