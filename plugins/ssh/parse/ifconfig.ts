/** `ifconfig -a` in its four dialects: net-tools 2, net-tools 1 and BusyBox, the BSDs, macOS. */
import type { NetworkInterface } from 'ksocket/plugin';
import { addressWithPrefix, macOf, prefixOfMask } from './addresses.js';
import { linesOf, wholeNumber, wordsOf } from './text.js';

type Draft = { -readonly [K in keyof NetworkInterface]: NetworkInterface[K] };

export function ifconfig(text: string): NetworkInterface[] {
  const interfaces: Draft[] = [];
  const byName = new Map<string, Draft>();
  let current: Draft | undefined;
  for (const line of linesOf(text)) {
    if (line.trim() === '') continue;
    const words = wordsOf(line);
    if (!/^[ \t]/.test(line)) {
      const begun = begin(words);
      // Solaris writes an interface once for each family.
      current = byName.get(begun.name);
      if (current === undefined) {
        current = begun;
        interfaces.push(begun);
        byName.set(begun.name, begun);
      }
    }
    if (current) read(words, current);
  }
  return interfaces;
}

function begin(words: readonly string[]): Draft {
  const name = (words[0] ?? '').replace(/:$/, '');
  // `eth0: flags=4163<UP,BROADCAST,RUNNING>  mtu 1500` says its flags at once; older tools say UP in a line of its own.
  const flags = words.find((word) => word.startsWith('flags='));
  return { name, admin: flags !== undefined && /[<,]UP[,>]/.test(flags) ? 'up' : 'down' };
}

function read(words: readonly string[], current: Draft): void {
  const wordAfter = (key: string) => {
    const at = words.indexOf(key);
    return at < 0 ? undefined : words[at + 1];
  };
  const mtu = wholeNumber(wordAfter('mtu') ?? words.find((word) => word.startsWith('MTU:'))?.slice(4));
  if (mtu !== undefined) current.mtu = mtu;
  const mac = macOf(wordAfter('ether') ?? wordAfter('HWaddr') ?? wordAfter('lladdr'));
  if (mac !== undefined) current.mac = mac;
  if (words.includes('UP')) current.admin = 'up';
  // A flag of its own in old tools, one of `flags=73<UP,LOOPBACK,RUNNING>` in the others.
  if (words.some((word) => word === 'LOOPBACK' || /[<,]LOOPBACK[,>]/.test(word))) current.type = 'loopback';
  else if (mac !== undefined) current.type ??= 'ethernet';

  const isFour = words[0] === 'inet';
  if (!isFour && words[0] !== 'inet6') return;
  // net-tools 1: `inet addr:10.0.0.7  Bcast:… Mask:255.255.255.0` and `inet6 addr: fe80::1/64 Scope:Link`.
  const tagged = words[1]?.startsWith('addr:') ? words[1].slice('addr:'.length) || words[2] : words[1];
  const it = addressWithPrefix(tagged);
  if (it === undefined) return;
  const mask = wordAfter('netmask') ?? words.find((word) => word.startsWith('Mask:'))?.slice('Mask:'.length);
  const prefix = it.prefix ?? (isFour ? prefixOfMask(mask) : wholeNumber(wordAfter('prefixlen')));
  current.addresses ??= [];
  current.addresses.push({ address: it.address, ...(prefix !== undefined && { prefix }) });
}
