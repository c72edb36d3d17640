/** `show interfaces` of IOS and of all whose lines follow it: NX-OS, EOS, AlliedWare Plus, FITELnet, the SWX switches of Yamaha. */
import type { NetworkInterface } from 'ksocket/plugin';
import { addressWithPrefix, prefixOfMask } from '../../parse/addresses.js';
import { given, wholeNumber, wordsOf } from '../../parse/text.js';
import type { Facts } from '../facts.js';
import { type Block, blocks, type Draft, deviceMac, finished, speedMbps, typeOf } from './lines.js';

/** `GigabitEthernet0/1 is up, line protocol is up (connected)`, `Ethernet1/1 is down (Link not connected)`, `Interface port1.0.1`. */
export function iosInterfaces(text: string): Facts {
  const isHead = (line: string) =>
    /^[A-Za-z]/.test(line) &&
    (/^[^\s,]{1,64}(?: [\d./]{1,20})? is /.test(line) || /^Interface [^\s,]{1,64}$/.test(line.trim()));
  return { interfaces: blocks(text, isHead).map(interfaceOf) };
}

function interfaceOf({ head, lines }: Block): NetworkInterface {
  const words = wordsOf(head);
  const named = words[0] === 'Interface' ? words[1] : words[0];
  // `Vlan 10 is up` of some: the number is part of the name.
  const name = `${named ?? ''}${words[1] !== undefined && /^[\d./]+$/.test(words[1]) ? words[1] : ''}`;
  const draft: Draft = { name, type: typeOf(name) };
  const state = head.slice(head.indexOf(' is ') + 4).toLowerCase();
  if (head.includes(' is ')) {
    draft.admin = state.includes('administratively down') ? 'down' : 'up';
    const protocol = / line protocol is (up|down)/.exec(state)?.[1] ?? (state.startsWith('up') ? 'up' : 'down');
    draft.link = protocol === 'up' ? 'up' : 'down';
  }
  for (const line of lines) read(line.trim(), draft);
  return finished(draft);
}

function read(line: string, draft: Draft): void {
  const lower = line.toLowerCase();
  const words = wordsOf(lower);
  if (lower.startsWith('description:')) draft.alias ??= given(line.slice('description:'.length));
  else if (lower.startsWith('hardware') && lower.includes('address')) {
    const at = words.findIndex((word) => word === 'address' || word === 'address:');
    draft.mac ??= deviceMac(words[words[at + 1] === 'is' ? at + 2 : at + 1]);
  } else if (/^(?:ip |ipv4 )?internet address is |^secondary address |^ipv4 address |^ip address /.test(lower)) {
    const at = words.indexOf('address');
    address(draft, words[words[at + 1] === 'is' ? at + 2 : at + 1], words);
  } else if (/^ipv6 (?:global |link-local )?address /.test(lower)) {
    address(
      draft,
      words.find((word) => word.includes(':') && word !== 'address:'),
      words,
    );
  } else if (lower.startsWith('link is ') && lower.includes('administrative state is ')) {
    draft.link = lower.startsWith('link is up') ? 'up' : 'down';
    draft.admin = lower.includes('administrative state is up') ? 'up' : 'down';
  } else if (lower.startsWith('admin state is ')) draft.admin = lower.startsWith('admin state is up') ? 'up' : 'down';
  if (lower.startsWith('index ')) draft.index ??= wholeNumber(words[1]);
  const mtu = /\b(?:mtu|mru) (\d{2,6})\b/.exec(lower);
  if (mtu) draft.mtu ??= wholeNumber(mtu[1]);
  const duplex = /\b(full|half)[- ]duplex\b|\bcurrent duplex (full|half)\b/.exec(lower);
  if (duplex) draft.duplex ??= (duplex[1] ?? duplex[2]) as 'full' | 'half';
  const speed =
    /\b(\d{1,6}) ?([kmgt])b(?:\/s|ps)\b/.exec(lower) ??
    (/\bcurrent speed (\d{1,6})\b/.exec(lower) as RegExpExecArray | null);
  // Counters have rates of the same form; the link’s speed stands beside its duplex.
  if (speed && duplex) draft.speedMbps ??= speedMbps(speed[1], speed[2] ?? 'm');
}

/** `10.0.0.1/24`, or an address and a mask behind it. */
function address(draft: Draft, text: string | undefined, words: readonly string[]): void {
  const it = addressWithPrefix(text?.replace(/[,;]$/, ''));
  if (it === undefined || (draft.addresses ?? []).some((known) => known.address === it.address)) return;
  const mask = it.prefix ?? prefixOfMask(words[words.indexOf(text ?? '') + 1]);
  draft.addresses = [...(draft.addresses ?? []), { address: it.address, ...(mask !== undefined && { prefix: mask }) }];
}
