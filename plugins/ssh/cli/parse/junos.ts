/** Junos: `show version`, `show chassis hardware`, `show interfaces`. Forms as in ntc-templates (tests/juniper_junos) and in Juniper’s CLI reference. */
import type { DeviceType, NetworkInterface } from 'ksocket/plugin';
import { addressOf, addressWithPrefix } from '../../parse/addresses.js';
import { given, linesOf, present, wholeNumber } from '../../parse/text.js';
import type { Component, Facts } from '../facts.js';
import { blocks, type Draft, deviceMac, finished, labelled, speedMbps, typeOf } from './lines.js';

/** By the beginning of the model, in Juniper’s series. */
const series: readonly (readonly [RegExp, DeviceType])[] = [
  [/^(?:ex|qfx)/, 'switch'],
  [/^(?:v?srx|ssg)/, 'firewall'],
  [/^(?:v?mx|ptx|acx|m\d|t\d|j\d)/, 'router'],
];

/** Newer releases say `Junos: 18.4R1.8`, older ones name each package with its version in brackets. */
export function junosVersion(text: string): Facts {
  const package_ = linesOf(text).find((line) => /^JUNOS .{0,60}\[[^\]]{1,40}\]/.test(line.trim()));
  const version = labelled(text, 'Junos') ?? package_?.slice(package_.indexOf('[') + 1).split(']', 1)[0];
  const model = labelled(text, 'Model');
  const kind = series.find(([start]) => start.test(model?.toLowerCase() ?? ''));
  return {
    os: { ...present({ hostname: labelled(text, 'Hostname'), family: 'Junos', name: 'Junos OS', version }) },
    product: { ...present({ vendor: 'Juniper', name: model, model, firmware: version }) },
    deviceTypes: kind === undefined ? undefined : [kind[1]],
  };
}

/** The table `Item  Version  Part number  Serial number  Description`, whose columns begin where their heads begin. */
export function chassisHardware(text: string): Facts {
  const lines = linesOf(text);
  const at = lines.findIndex((line) => line.startsWith('Item') && line.includes('Serial number'));
  const head = lines[at] ?? '';
  const starts = ['Version', 'Part number', 'Serial number', 'Description'].map((it) => head.indexOf(it));
  if (at < 0 || starts.some((it) => it < 0)) return {};
  const [version = 0, part = 0, serial = 0, description = 0] = starts;
  const components = lines.slice(at + 1).flatMap((line): Component[] => {
    const name = given(line.slice(0, version));
    if (name === undefined || line.startsWith('{') || line.endsWith(':')) return [];
    // What is soldered in has no number of its own.
    const own = (from: number, to?: number) => {
      const value = given(line.slice(from, to));
      return value === 'BUILTIN' ? undefined : value;
    };
    const fields = present({
      hardware: given(line.slice(version, part)),
      model: own(part, serial),
      serial: own(serial, description),
      description: given(line.slice(description)),
    });
    return fields === undefined ? [] : [{ class: classOf(name), name, ...fields }];
  });
  const chassis = components.find((it) => it.name === 'Chassis');
  return {
    product: chassis && { ...present({ serial: chassis.serial, name: chassis.description }) },
    components,
  };
}

function classOf(name: string): string {
  if (name === 'Chassis') return 'chassis';
  if (name.startsWith('Power Supply') || name.startsWith('PEM') || name.startsWith('PSM')) return 'powerSupply';
  if (name.startsWith('Fan')) return 'fan';
  return name.startsWith('Xcvr') ? 'port' : 'module';
}

/** A physical interface, and the logical ones below it as interfaces that are stacked on it. */
export function junosInterfaces(text: string): Facts {
  const isHead = (line: string) => /^(?:Physical interface: | {0,4}Logical interface )/.test(line);
  let physical: string | undefined;
  const interfaces = blocks(text, isHead).map(({ head, lines }): NetworkInterface => {
    const trimmed = head.trim();
    if (trimmed.startsWith('Physical')) {
      const name = trimmed.slice('Physical interface: '.length).split(',', 1)[0]?.trim() ?? '';
      physical = name;
      const draft: Draft = {
        name,
        type: typeOf(name),
        admin: trimmed.includes('Administratively down') || trimmed.includes(', Disabled') ? 'down' : 'up',
        link: /link is up/i.test(trimmed) ? 'up' : 'down',
      };
      for (const line of lines) readPhysical(line.trim(), draft);
      return finished(draft);
    }
    const name = trimmed.slice('Logical interface '.length).split(' ', 1)[0] ?? '';
    const index = /\(SNMP ifIndex (\d{1,10})\)/.exec(trimmed)?.[1];
    const draft: Draft = { name, index: wholeNumber(index), type: typeOf(name) };
    if (physical !== undefined && name.startsWith(`${physical}.`)) draft.parent = physical;
    for (const line of lines) readLogical(line.trim(), draft);
    return finished(draft);
  });
  return { interfaces };
}

function readPhysical(line: string, draft: Draft): void {
  if (line.startsWith('Description: ')) draft.alias ??= given(line.slice('Description: '.length));
  draft.index ??= wholeNumber(/SNMP ifIndex: (\d{1,10})/.exec(line)?.[1]);
  draft.mtu ??= wholeNumber(/\bMTU: (\d{2,6})/.exec(line)?.[1]);
  draft.mac ??= deviceMac(/Hardware address: ([0-9a-f:]{17})/i.exec(line)?.[1]);
  const speed = /\bSpeed: (\d{1,6}) ?([kmgt])bps/i.exec(line);
  if (speed) draft.speedMbps ??= speedMbps(speed[1], speed[2]);
  const duplex = /(?:Link-mode|Duplex): (Full|Half)-?/i.exec(line)?.[1];
  if (duplex) draft.duplex ??= duplex.toLowerCase() as 'full' | 'half';
}

function readLogical(line: string, draft: Draft): void {
  if (line.startsWith('Description: ')) draft.alias ??= given(line.slice('Description: '.length));
  draft.mac ??= line.startsWith('MAC: ') ? deviceMac(line.slice('MAC: '.length)) : undefined;
  const vlan = /\bVLAN-Tag \[ ?0x8100\.(\d{1,4}) ?\]/.exec(line)?.[1];
  if (vlan) draft.vlanId ??= wholeNumber(vlan);
  if (line.startsWith('Protocol inet')) draft.mtu ??= wholeNumber(/MTU: (\d{2,6})/.exec(line)?.[1]);
  const local = /\bLocal: ([0-9a-f.:]{2,45})/i.exec(line)?.[1];
  const address = addressOf(local);
  if (address === undefined) return;
  // The destination is the network of that address, written short: `10.0.0/24`.
  const length = /\bDestination: [0-9a-f.:]{1,45}\/(\d{1,3})/i.exec(line)?.[1];
  const it = addressWithPrefix(length === undefined ? address : `${address}/${length}`);
  if (it) draft.addresses = [...(draft.addresses ?? []), it];
}
