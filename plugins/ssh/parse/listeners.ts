/** Sockets that wait for others, by ss(8), netstat(8) or the kernel’s own tables; of a process only its name. */
import type { SectionData } from 'ksocket/plugin';
import { addressOf } from './addresses.js';
import { given, linesOf, present, wholeNumber, wordsOf } from './text.js';

export type Listener = NonNullable<SectionData['network']['listeners']>[number];

/** A host that listens on more ports than this has a range open, for calls or passive transfers. */
const maxListeners = 4096;

export function listeners(text: string): { list: Listener[]; truncated: boolean } {
  const found = new Map<string, Listener>();
  let truncated = false;
  const [first = ''] = linesOf(text);
  const read = first.startsWith('Netid') ? ofSs : /^\/proc\/net\//.test(first) ? ofProc : ofNetstat;
  for (const line of linesOf(text)) {
    const it = read(line);
    if (it === undefined) continue;
    const key = `${it.protocol} ${it.address} ${it.port}`;
    // One socket for each of many workers (SO_REUSEPORT) is one listener.
    if (found.has(key)) continue;
    if (found.size >= maxListeners) truncated = true;
    else found.set(key, it);
  }
  return { list: [...found.values()], truncated };
}

/** `127.0.0.53%lo:53`, `[::]:22`, `*:80`, `:::22` */
function endpoint(text: string): { address: string; port: number } | undefined {
  const at = text.lastIndexOf(':');
  const port = wholeNumber(text.slice(at + 1));
  const host = text.slice(0, at).replace(/^\[|\](?=$|%)/g, '');
  // ss writes `*` for a socket that serves both families.
  const address = host === '*' ? '::' : addressOf(host);
  return port === undefined || port > 65535 || address === undefined ? undefined : { address, port };
}

/** `udp UNCONN 0 0 127.0.0.1:161 0.0.0.0:* users:(("snmpd",pid=15297,fd=6))`; before iproute2 4 `("snmpd",15297,6)`. */
function ofSs(line: string): Listener | undefined {
  const [protocol, state, , , local = ''] = wordsOf(line);
  if ((protocol !== 'tcp' && protocol !== 'udp') || (state !== 'LISTEN' && state !== 'UNCONN')) return undefined;
  const at = endpoint(local);
  // A program may call itself anything, and ss escapes nothing: the name ends where a number follows.
  const owner = /users:\(\("(.{1,64}?)",(?:pid=)?(\d{1,9})[,)]/.exec(line);
  return at && { protocol, ...at, ...present({ process: given(owner?.[1]), pid: wholeNumber(owner?.[2]) }) };
}

/** `tcp 0 0 0.0.0.0:22 0.0.0.0:* LISTEN 1234/sshd: /usr/sbin`: the last column is the title, of which the first word is the name. */
function ofNetstat(line: string): Listener | undefined {
  const [kind = '', , , local = '', peer = '', ...rest] = wordsOf(line);
  const protocol = kind.startsWith('tcp') ? 'tcp' : kind.startsWith('udp') ? 'udp' : undefined;
  if (protocol === undefined || !/:\*$/.test(peer)) return undefined;
  if (protocol === 'tcp' && rest.shift() !== 'LISTEN') return undefined;
  const at = endpoint(local);
  const owner = /^(\d{1,9})\/([\w.+-]{1,64})/.exec(rest.join(' '));
  return at && { protocol, ...at, ...present({ process: given(owner?.[2]), pid: wholeNumber(owner?.[1]) }) };
}

/** TCP_LISTEN and TCP_CLOSE of <net/tcp_states.h>: what a UDP socket without a peer shows. */
const listening = { tcp: '0A', udp: '07' };

/** `/proc/net/tcp:   0: 0100007F:0035 00000000:0000 0A …`: numbers as they lie in memory, on a little-endian machine backwards. */
function ofProc(line: string): Listener | undefined {
  const match =
    /^\/proc\/net\/(tcp|udp)6?: *\d{1,9}: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]{2}) /.exec(
      line,
    );
  if (match === null) return undefined;
  const [, protocol, hex = '', port = '', peerPort, state] = match;
  if ((protocol !== 'tcp' && protocol !== 'udp') || peerPort !== '0000' || state !== listening[protocol])
    return undefined;
  const words = hex.match(/.{8}/g)?.map((it) => it.match(/../g)?.reverse().join('') ?? '') ?? [];
  const address =
    words.length === 1
      ? (words[0]?.match(/../g) ?? []).map((it) => Number.parseInt(it, 16)).join('.')
      : (words.join('').match(/.{4}/g) ?? []).join(':');
  const canonical = addressOf(address);
  return canonical === undefined ? undefined : { protocol, address: canonical, port: Number.parseInt(port, 16) };
}
