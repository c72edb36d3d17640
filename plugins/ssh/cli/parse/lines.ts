/** The shapes that command lines of network devices share: `Key : value`, blocks under a head, MAC addresses by fours. */
import type { NetworkInterface } from 'ksocket/plugin';
import { addressOf, macOf } from '../../parse/addresses.js';
import { linesOf, wordsOf } from '../../parse/text.js';
import type { ArpRow } from '../facts.js';

/** `0011.2233.4455` (Cisco), `0011-2233-4455` (Comware), and the usual forms. */
export function deviceMac(text: string | undefined): string | undefined {
  const word = text?.replace(/[),;]{1,2}$/, '') ?? '';
  const fours = /^([0-9a-f]{2})([0-9a-f]{2})[.-]([0-9a-f]{2})([0-9a-f]{2})[.-]([0-9a-f]{2})([0-9a-f]{2})$/i.exec(word);
  return macOf(fours ? fours.slice(1).join(':') : word);
}

/** The value behind `label` in the first line that begins with it, whatever blanks stand around the colon. */
export function labelled(text: string, ...labels: readonly string[]): string | undefined {
  for (const line of linesOf(text)) {
    const trimmed = line.trim();
    for (const label of labels) {
      if (!trimmed.toLowerCase().startsWith(label.toLowerCase())) continue;
      const rest = trimmed.slice(label.length).trimStart();
      if (!rest.startsWith(':')) continue;
      const value = rest.slice(1).trim();
      if (value !== '') return value;
    }
  }
  return undefined;
}

/** The word behind `before`, on the same line, where the text has it first. */
export function wordAfter(text: string, before: string): string | undefined {
  const at = text.indexOf(before);
  if (at < 0) return undefined;
  const rest = text.slice(at + before.length, at + before.length + 200);
  const word = wordsOf(rest.split('\n', 1)[0] ?? '')[0]?.replace(/[,;]$/, '');
  // `7.1(4)N1(1)` keeps its bracket, `(Version 5.1)` does not.
  return word?.endsWith(')') && word.split('(').length < word.split(')').length ? word.slice(0, -1) : word;
}

export interface Block {
  readonly head: string;
  readonly lines: readonly string[];
}

/** A block for each line that `isHead` knows, with the lines until the next one. */
export function blocks(text: string, isHead: (line: string) => boolean): Block[] {
  const found: { head: string; lines: string[] }[] = [];
  for (const line of linesOf(text)) {
    if (isHead(line)) found.push({ head: line, lines: [] });
    else found.at(-1)?.lines.push(line);
  }
  return found;
}

/** What a parser of interfaces fills in while it reads a block. */
export type Draft = { -readonly [K in keyof NetworkInterface]?: NetworkInterface[K] | undefined } & { name: string };

export function finished(draft: Draft): NetworkInterface {
  const fields = Object.entries(draft).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields) as NetworkInterface;
}

/** Rows of any device’s ARP table: somewhere in them an IPv4 address, a MAC address, and perhaps an interface. */
export function arpRows(text: string): { arp: ArpRow[] } {
  const arp: ArpRow[] = [];
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    const address = words.map((word) => addressOf(word)).find((it) => it !== undefined);
    const mac = words.map((word) => deviceMac(word)).find((it) => it !== undefined);
    if (address === undefined || mac === undefined) continue;
    const device = words.find((word) => isInterface(word) && deviceMac(word) === undefined);
    arp.push({ address, mac, interface: device });
  }
  return { arp };
}

/** `GigabitEthernet0/1`, `Vlan20`, `vlan.20`, `XGE1/0/47`, `M-GE0/0/0`, `LAN1(port1)`: letters and then a number; VRP’s `D-0` is none. */
function isInterface(word: string): boolean {
  return !/^[A-Z]-\d{1,3}$/.test(word) && /^[A-Za-z][A-Za-z-]{1,30}[.\d][\w./:()-]{0,30}$/.test(word);
}

/** Bits a second: `10 Gb/s`, `1000Mb/s`, `40Gbps`, `1000mbps`. */
export function speedMbps(value: string | undefined, unit: string | undefined): number | undefined {
  const number = Number(value);
  if (value === undefined || unit === undefined || !Number.isFinite(number) || number < 0) return undefined;
  const factor = { k: 0.001, m: 1, g: 1000, t: 1_000_000 }[unit[0]?.toLowerCase() ?? ''];
  return factor === undefined ? undefined : number * factor;
}

/** The kind of an interface, where its name says it. */
export function typeOf(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (/^(?:loopback|inloopback|lo\d|lo$|lo\.)/.test(lower)) return 'loopback';
  if (/^(?:vlan|bvi|irb)/.test(lower)) return 'vlan';
  if (/^(?:tunnel|gre|st0|gr-)/.test(lower)) return 'tunnel';
  if (/^(?:port-channel|po\d|bridge-aggregation|route-aggregation|eth-trunk|ae\d|bundle-ether|sa\d)/.test(lower))
    return 'aggregate';
  if (/ethernet|gige|^(?:ge|xe|et|fe|em|fxp|me|port|eth|lan|mgmt|management)[-\d]/.test(lower)) return 'ethernet';
  return undefined;
}
