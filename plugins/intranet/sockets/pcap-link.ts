/**
 * A link through libpcap, and the only home of the package `pcap`, an optional dependency. Three of its habits are known
 * and kept in here, measured with pcap 3.1.0 on libpcap 1.10:
 *  - `close()` only asks for the end: descriptor and poll handle go when the next frame passes the filter. So one is sent.
 *  - the native object holds its poll handle inside itself, and the collector frees it while the event loop still links
 *    to it. So a closed session is kept for the life of the process.
 *  - an interface that vanishes raises no event; only sending fails, without saying why.
 */
import type { Obstacle } from '../probes/probe.js';
import { macBytes } from '../wire/arp.js';
import type { Link, OnFrame } from './link.js';
import { sendOnce } from './packet-link.js';

/** The part of the package that is used; its own types would have to be there where the package may be absent. */
interface PcapModule {
  createSession(device: string, options: object): PcapSession;
  findalldevs(): unknown[];
  warningHandler: (warning: string) => void;
}

interface PcapSession {
  readonly link_type: string;
  on(event: 'packet', listener: (packet: { buf: Buffer; header: Buffer }) => void): void;
  inject(frame: Buffer): void;
  close(): void;
}

/** In the bytes of struct pcap_pkthdr that the package hands over: how much of the frame was captured. */
const capturedLengthOffset = 8;
/** ARP over Ethernet is 42 bytes; the ring keeps few frames when each may have 64 KiB. */
const snapLength = 128;
/** The default of 10 MiB is kept by every session whose interface vanished. 2 MiB hold 8,000 frames of 128 bytes with their headers. */
const bufferSize = 2 << 20;
/** Only replies: a busy segment's requests would wake the process for nothing. */
const onlyReplies = 'arp and arp[6:2] = 2';

const remedy = 'install libpcap and its headers, then `npm rebuild pcap`';
const rightsRemedy =
  'run with the capability CAP_NET_RAW (setcap cap_net_raw+ep on the node binary, or the service unit)';

let loading: Promise<PcapModule | Obstacle> | undefined;
const closedSessions: PcapSession[] = [];

function pcapModule(): Promise<PcapModule | Obstacle> {
  loading ??= load();
  return loading;
}

async function load(): Promise<PcapModule | Obstacle> {
  try {
    // A name that the compiler does not follow, so that the project builds without the package.
    const name: string = 'pcap';
    const { default: pcap } = (await import(name)) as { default: PcapModule };
    pcap.warningHandler = () => undefined;
    return pcap;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const absent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    return { reason: absent ? 'the package pcap is not built' : `pcap does not load: ${String(error)}`, remedy };
  }
}

export async function openPcapLink(interfaceName: string, ownMac: string, onFrame: OnFrame): Promise<Link | Obstacle> {
  const pcap = await pcapModule();
  if ('reason' in pcap) return pcap;
  let session: PcapSession;
  try {
    session = pcap.createSession(interfaceName, {
      filter: onlyReplies,
      snap_length: snapLength,
      buffer_size: bufferSize,
      // 0 is libpcap's immediate mode.
      buffer_timeout: 0,
      promiscuous: false,
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { reason: `pcap on ${interfaceName}: ${message.trim() || 'not opened'}`, remedy: rightsRemedy };
  }
  // A throw inside a packet listener ends the process; readers of frames do not throw.
  session.on('packet', ({ buf, header }) => onFrame(buf.subarray(0, header.readUInt32LE(capturedLengthOffset))));
  let open = true;
  const link: Link = {
    carrier: 'pcap',
    send(frame) {
      if (!open) return false;
      try {
        session.inject(frame);
        return true;
      } catch {
        return false;
      }
    },
    async close() {
      if (!open) return;
      open = false;
      session.close();
      closedSessions.push(session);
      await sendOnce(interfaceName, farewell(ownMac));
    },
  };
  if (session.link_type === 'LINKTYPE_ETHERNET') return link;
  await link.close();
  return { reason: `${interfaceName} is no Ethernet`, remedy: 'none: such a link has no ARP' };
}

/** An ARP reply from nobody to ourselves: it passes the filter on its way out and tells no neighbour anything. */
function farewell(ownMac: string): Buffer {
  const frame = Buffer.alloc(60);
  const mac = macBytes(ownMac);
  mac.copy(frame, 0);
  mac.copy(frame, 6);
  Buffer.from('0806000108000604', 'hex').copy(frame, 12);
  frame.writeUInt16BE(2, 20);
  return frame;
}

export async function pcapObstacle(): Promise<Obstacle | undefined> {
  const pcap = await pcapModule();
  if ('reason' in pcap) return pcap;
  try {
    return pcap.findalldevs().length > 0 ? undefined : { reason: 'pcap sees no interface', remedy: rightsRemedy };
  } catch (error) {
    return { reason: `pcap: ${String(error)}`, remedy: rightsRemedy };
  }
}
