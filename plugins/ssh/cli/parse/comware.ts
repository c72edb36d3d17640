/** Comware of H3C and HPE, and VRP of Huawei, which grew from the same root: `display version`, `display interface` and their like. */
import type { DeviceType, NetworkInterface } from 'ksocket/plugin';
import { addressWithPrefix } from '../../parse/addresses.js';
import { given, linesOf, present, wholeNumber, wordsOf } from '../../parse/text.js';
import type { Component, Facts } from '../facts.js';
import {
  type Block,
  blocks,
  type Draft,
  deviceMac,
  finished,
  labelled,
  speedMbps,
  typeOf,
  wordAfter,
} from './lines.js';

function typesOf(text: string): DeviceType[] | undefined {
  if (/\bswitch\b/i.test(text) || /\bS\d{4}/.test(text)) return ['switch'];
  if (/\brouter\b/i.test(text) || /\b(?:MSR|AR|NE)\d{2,4}/.test(text)) return ['router'];
  if (/\bfirewall\b/i.test(text) || /\b(?:SecPath|USG)/.test(text)) return ['firewall'];
  if (/\bWX\d{4}/.test(text)) return ['wireless-controller'];
  return undefined;
}

/** `HPE Comware Software, Version 7.1.070, Release 6710P01-US` and `HPE FF 5945 32QSFP28 Switch uptime is 84 weeks…`. */
export function comwareVersion(text: string): Facts {
  const software = linesOf(text).find((line) => line.includes('Comware') && line.includes('Version'));
  const product = modelWithUptime(text);
  const vendor = /^(?:HPE?|Hewlett)/.test(product ?? software ?? '') ? 'HPE' : 'H3C';
  return {
    os: {
      ...present({
        family: 'Comware',
        name: 'Comware Software',
        version: software === undefined ? undefined : wordAfter(software, 'Version'),
        build: /\b(?:Release|Feature|ESS|Demo|Alpha|Test|Mainline) [\w-]{1,40}/.exec(software ?? '')?.[0],
        description: given(software),
      }),
    },
    product: { ...present({ vendor, name: product }) },
    deviceTypes: typesOf(product ?? ''),
  };
}

/** `VRP (R) software, Version 5.170 (S5720 V200R019C10SPC500)` and `HUAWEI S5720-28X-SI-AC Routing Switch uptime is 10 weeks…`. */
export function vrpVersion(text: string): Facts {
  const software = linesOf(text).find((line) => line.includes('VRP') && line.includes('ersion'));
  const product = modelWithUptime(text)?.replace(/^(?:HUAWEI|Huawei|Quidway) /, '');
  const inBrackets = /\(([^()]{1,80})\)\s*$/.exec(software?.trim() ?? '')?.[1];
  return {
    os: {
      ...present({
        family: 'VRP',
        name: 'Huawei Versatile Routing Platform Software',
        version: software === undefined ? undefined : wordAfter(software, 'ersion'),
        build: inBrackets,
        description: given(software),
      }),
    },
    product: { ...present({ vendor: 'Huawei', name: product, model: product?.split(' ')[0] }) },
    deviceTypes: typesOf(product ?? ''),
  };
}

function modelWithUptime(text: string): string | undefined {
  for (const line of linesOf(text)) {
    const at = line.indexOf(' uptime is ');
    if (at > 0) return line.slice(0, at).trim();
  }
  return undefined;
}

/** `Slot 1 CPU 0:` and below it `DEVICE_NAME : HP FlexFabric 5930 JG726A`, `DEVICE_SERIAL_NUMBER : CN43GG2001`. */
export function manufacturing(text: string): Facts {
  const found = blocks(
    text,
    (line) => /^ ?(?:Slot|Chassis|Fan|Power|Subslot|The operation|Board)\b/i.test(line) && !line.includes(' : '),
  );
  const components = found.flatMap(({ head, lines }): Component[] => {
    const block = lines.join('\n');
    const serial = labelled(block, 'DEVICE_SERIAL_NUMBER', 'MANU SERIAL NUMBER', 'MANU_SERIAL_NUMBER');
    if (serial === undefined) return [];
    const name = head.trim().replace(/:$/, '');
    const kind = /^Fan/i.test(name)
      ? 'fan'
      : /^Power/i.test(name)
        ? 'powerSupply'
        : /^Chassis/i.test(name)
          ? 'chassis'
          : 'module';
    const model = labelled(block, 'DEVICE_NAME', 'DEVICE NAME');
    return [{ class: kind, name, serial, ...present({ model, vendor: labelled(block, 'VENDOR_NAME') }) }];
  });
  const main = components.find((it) => it.class === 'chassis') ?? components.find((it) => it.class === 'module');
  const mac = deviceMac(labelled(text, 'MAC_ADDRESS'));
  return {
    product: { ...present({ model: main?.model, serial: main?.serial }) },
    macs: mac === undefined ? undefined : [mac],
    components,
  };
}

/** VRP: `ESN of slot 0: 2102350DLS10G5000123`, `ESN of device: …`. */
export function vrpSerial(text: string): Facts {
  const line = linesOf(text).find((it) => it.trim().startsWith('ESN'));
  const serial = line === undefined ? undefined : given(line.slice(line.indexOf(':') + 1));
  return { product: { ...present({ serial }) } };
}

/** `GigabitEthernet1/0/1`, `… current state: UP`, `… current state : UP (ifindex: 3)`; the name stands at the beginning of the line. */
export function comwareInterfaces(text: string): Facts {
  const isHead = (line: string) =>
    /^[A-Z][A-Za-z-]{1,40}[\d/.:]{0,30}\s*$/.test(line) ||
    /^[A-Z][A-Za-z-]{1,40}[\d/.:]{0,30} current state ?:/.test(line);
  const found = blocks(text, isHead).filter(
    ({ head, lines }) => head.includes('current state') || /^current state ?:/i.test(lines[0]?.trim() ?? ''),
  );
  return { interfaces: found.map(interfaceOf) };
}

function interfaceOf({ head, lines }: Block): NetworkInterface {
  const name = wordsOf(head)[0] ?? '';
  const draft: Draft = { name, type: typeOf(name) };
  const inHead = head.slice(name.length).trim();
  for (const line of inHead === '' ? lines : [inHead, ...lines]) read(line.trim(), draft);
  return finished(draft);
}

function read(line: string, draft: Draft): void {
  const lower = line.toLowerCase();
  const value = () => given(line.slice(line.indexOf(':') + 1));
  if (/^current state ?:/.test(lower)) {
    const state = value()?.toLowerCase() ?? '';
    draft.admin = state.startsWith('administratively down') ? 'down' : 'up';
    draft.link = state.startsWith('up') ? 'up' : 'down';
  } else if (/^line protocol (?:current )?state ?:/.test(lower)) draft.link = /: ?up/.test(lower) ? 'up' : 'down';
  else if (/^description ?:/.test(lower)) draft.alias ??= value();
  else if (/^internet address(?: is|:)/.test(lower)) {
    const word = lower.split(/[ :]+/).find((it) => /^\d/.test(it));
    const it = addressWithPrefix(word);
    if (it) draft.addresses = [...(draft.addresses ?? []), it];
  }
  const hardware = /\bhardware address(?: is|:)? ?([0-9a-f.:-]{12,17})/.exec(lower);
  if (hardware) draft.mac ??= deviceMac(hardware[1]);
  const mtu = /maximum trans(?:mission|mit) unit(?: is|:)? ?(\d{2,6})/.exec(lower);
  if (mtu) draft.mtu ??= wholeNumber(mtu[1]);
  const speed = /^(\d{1,6}) ?([kmgt])bps-speed mode/.exec(lower);
  if (speed) draft.speedMbps ??= speedMbps(speed[1], speed[2]);
  const ofVrp = /^speed ?: ?(\d{1,6}),/.exec(lower);
  if (ofVrp) draft.speedMbps ??= speedMbps(ofVrp[1], 'm');
  const duplex = /\b(full|half)-duplex mode/.exec(lower) ?? /^duplex ?: ?(full|half)/.exec(lower);
  if (duplex) draft.duplex ??= duplex[1] as 'full' | 'half';
}
