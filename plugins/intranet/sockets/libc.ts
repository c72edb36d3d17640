/**
 * The system calls that Node has no words for (raw, ping and packet sockets), and beside ip-helper.ts the home of koffi. A wrong prototype
 * kills the process, so all of them stand here. All but close are synchronous: each takes a few microseconds on a
 * non-blocking socket. Numbers are those of Linux on x86-64, arm64 and arm.
 */
import type { Address } from 'ksocket/plugin';
import type { Obstacle } from '../probes/probe.js';
import { writeIPv4 } from '../wire/ipv4.js';

const sockNonBlockCloseOnExec = 0x800 | 0x80000;

export interface Received {
  readonly bytes: Buffer;
  /** The socket address as the kernel filled it in. */
  readonly from: Buffer;
}

/** An open descriptor. Errors come as names of errno (`ENOBUFS`); undefined is success. */
export interface RawSocket {
  bind(address: Buffer): string | undefined;
  option(level: number, name: number, value: Buffer): string | undefined;
  send(bytes: Buffer, to: Buffer): string | undefined;
  /** Calls `onPacket` for each packet from now on. The buffers are used again: copy what is kept. */
  listen(onPacket: (packet: Received) => void): void;
  /** Resolves when the descriptor is gone. */
  close(): Promise<void>;
}

export interface LibC {
  socket(domain: number, type: number, protocol: number): RawSocket | string;
  interfaceIndex(name: string): number;
}

let loading: Promise<LibC | Obstacle> | undefined;

/** Loads koffi at the first call, never at import. */
export function libc(): Promise<LibC | Obstacle> {
  loading ??= load();
  return loading;
}

async function load(): Promise<LibC | Obstacle> {
  if (process.platform !== 'linux') {
    return { reason: `raw sockets are not supported on ${process.platform}`, remedy: 'TCP and UDP are used instead' };
  }
  try {
    const { default: koffi } = await import('koffi');
    const lib = koffi.load(null);
    const calls = {
      socket: lib.func('int socket(int domain, int type, int protocol)'),
      bind: lib.func('int bind(int fd, const void *address, uint32_t length)'),
      setsockopt: lib.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
      // ssize_t is unknown to koffi; intptr_t has its width.
      sendto: lib.func(
        'intptr_t sendto(int fd, const void *bytes, size_t length, int flags, const void *to, uint32_t toLength)',
      ),
      recvfrom: lib.func(
        'intptr_t recvfrom(int fd, _Out_ void *bytes, size_t length, int flags, _Out_ void *from, _Inout_ uint32_t *fromLength)',
      ),
      close: lib.func('int close(int fd)'),
      ifNameToIndex: lib.func('unsigned int if_nametoindex(const char *name)'),
    };
    const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));
    const failed = (result: number): string | undefined =>
      result < 0 ? (names.get(koffi.errno()) ?? `E${koffi.errno()}`) : undefined;
    return {
      interfaceIndex: (name) => calls.ifNameToIndex(name),
      socket(domain, type, protocol) {
        const fd: number = calls.socket(domain, type | sockNonBlockCloseOnExec, protocol);
        return failed(fd) ?? openSocket(koffi, calls, failed, fd);
      },
    };
  } catch (error) {
    return {
      reason: `koffi does not load: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
      remedy: 'install the package koffi for this platform',
    };
  }
}

type Koffi = typeof import('koffi').default;
type Calls = Record<'bind' | 'setsockopt' | 'sendto' | 'recvfrom', (...args: unknown[]) => number> & {
  readonly close: { async: (fd: number, done: (error: unknown) => void) => void };
};

/** At most so many packets in one turn of the event loop; poll is level-triggered, the rest comes in the next. */
const packetsATurn = 128;

function openSocket(koffi: Koffi, calls: Calls, failed: (result: number) => string | undefined, fd: number): RawSocket {
  let poll: ReturnType<Koffi['node']['poll']> | undefined;
  let open = true;
  return {
    bind: (address) => failed(calls.bind(fd, address, address.length)),
    option: (level, name, value) => failed(calls.setsockopt(fd, level, name, value, value.length)),
    send: (bytes, to) => (open ? failed(calls.sendto(fd, bytes, bytes.length, 0, to, to.length)) : 'EBADF'),
    listen(onPacket) {
      // A frame or an ICMP message that matters is far below this; longer ones are cut by the kernel.
      const bytes = Buffer.alloc(2048);
      const from = Buffer.alloc(32);
      const read = () => {
        for (let i = 0; open && i < packetsATurn; i++) {
          const length = calls.recvfrom(fd, bytes, bytes.length, 0, from, [from.length]);
          if (length < 0) return;
          onPacket({ bytes: bytes.subarray(0, length), from });
        }
      };
      poll = koffi.node.poll(fd, { readable: true }, read);
    },
    async close() {
      if (!open) return;
      open = false;
      poll?.stop();
      poll?.close();
      // The kernel waits 10 to 40 ms for its readers when a packet socket goes; a thread of the pool waits with it.
      await new Promise<void>((resolve) => calls.close.async(fd, () => resolve()));
    },
  };
}

export const addressFamilies = { inet: 2, packet: 17 } as const;
export const socketTypes = { datagram: 2, raw: 3 } as const;

/** A number of the C type int, in the machine's byte order, as socket options take it. */
export function nativeInt(value: number): Buffer {
  return Buffer.from(Int32Array.of(value).buffer);
}

/** struct sockaddr_in without a port. */
export function socketAddress(address: Address): Buffer {
  const bytes = Buffer.alloc(16);
  nativeShort(addressFamilies.inet).copy(bytes, 0);
  writeIPv4(bytes, 4, address);
  return bytes;
}

/** struct sockaddr_ll: one interface and one EtherType. */
export function linkAddress(interfaceIndex: number, etherType: number): Buffer {
  const bytes = Buffer.alloc(20);
  nativeShort(addressFamilies.packet).copy(bytes, 0);
  bytes.writeUInt16BE(etherType, 2);
  nativeInt(interfaceIndex).copy(bytes, 4);
  bytes.writeUInt8(6, 11);
  return bytes;
}

function nativeShort(value: number): Buffer {
  return Buffer.from(Uint16Array.of(value).buffer);
}
