/**
 * The system calls that Node has no words for (raw, ping, packet and netlink sockets), and beside ip-helper.ts the home of koffi. A wrong prototype
 * kills the process, so all of them stand here. All but close are synchronous: each takes a few microseconds on a
 * non-blocking socket. Numbers are those of Linux on x86-64, arm64 and arm.
 */
import type { Obstacle } from '../probes/probe.js';

const sockNonBlockCloseOnExec = 0x800 | 0x80000;
const solSocket = 1;
const soAttachFilter = 26;
/** IFNAMSIZ */
const interfaceNameSize = 16;
/** Bytes of one struct sock_filter, and of struct sock_fprog: a length, padding, a pointer. */
const instructionSize = 8;
const filterProgramSize = process.arch === 'arm' || process.arch === 'ia32' ? 8 : 16;

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
  /** Lets only packets through that this program of the classic BPF accepts (SO_ATTACH_FILTER). */
  filter(program: Buffer): string | undefined;
  /** The address that it is bound to, as the kernel filled it in. */
  name(): Buffer;
  /** What has come in already: its length, or undefined when nothing has. Not beside `listen`. */
  receive(into: Buffer): number | undefined;
  /** Calls `onPacket` for each packet from now on. The buffers are used again: copy what is kept. */
  listen(onPacket: (packet: Received) => void): void;
  /** Resolves when the descriptor is gone. */
  close(): Promise<void>;
}

export interface LibC {
  socket(domain: number, type: number, protocol: number): RawSocket | string;
  interfaceIndex(name: string): number;
  /** Empty when there is no such interface any more. */
  interfaceName(index: number): string;
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
    // struct sock_fprog of linux/filter.h
    const filterProgram = koffi.struct({ length: 'uint16_t', instructions: 'void *' });
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
      // Without the sender, and with a plain pointer, half of the time: for the many answers of netlink.
      recv: lib.func('intptr_t recv(int fd, void *bytes, size_t length, int flags)'),
      attachFilter: lib.func('setsockopt', 'int', ['int', 'int', 'int', koffi.pointer(filterProgram), 'uint32_t']),
      getsockname: lib.func('int getsockname(int fd, void *address, _Inout_ uint32_t *length)'),
      close: lib.func('int close(int fd)'),
      ifNameToIndex: lib.func('unsigned int if_nametoindex(const char *name)'),
      ifIndexToName: lib.func('const char *if_indextoname(unsigned int index, void *name)'),
    };
    const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));
    const failed = (result: number): string | undefined =>
      result < 0 ? (names.get(koffi.errno()) ?? `E${koffi.errno()}`) : undefined;
    return {
      interfaceIndex: (name) => calls.ifNameToIndex(name),
      interfaceName: (index) => calls.ifIndexToName(index, Buffer.alloc(interfaceNameSize)) ?? '',
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
type Calls = Record<
  'bind' | 'setsockopt' | 'attachFilter' | 'getsockname' | 'sendto' | 'recvfrom' | 'recv',
  (...args: unknown[]) => number
> & {
  readonly close: { async: (fd: number, done: (error: unknown) => void) => void };
};

/** More than struct sockaddr_in6, the longest that is used. */
const longestAddress = 32;
/** At most so many packets in one turn of the event loop; poll is level-triggered, the rest comes in the next. */
const packetsATurn = 128;

function openSocket(koffi: Koffi, calls: Calls, failed: (result: number) => string | undefined, fd: number): RawSocket {
  let poll: ReturnType<Koffi['node']['poll']> | undefined;
  let open = true;
  return {
    bind: (address) => failed(calls.bind(fd, address, address.length)),
    option: (level, name, value) => failed(calls.setsockopt(fd, level, name, value, value.length)),
    send: (bytes, to) => (open ? failed(calls.sendto(fd, bytes, bytes.length, 0, to, to.length)) : 'EBADF'),
    filter(program) {
      const it = { length: program.length / instructionSize, instructions: program };
      return failed(calls.attachFilter(fd, solSocket, soAttachFilter, it, filterProgramSize));
    },
    name() {
      const bytes = Buffer.alloc(longestAddress);
      calls.getsockname(fd, bytes, [bytes.length]);
      return bytes;
    },
    receive(into) {
      const length = open ? calls.recv(fd, into, into.length, 0) : -1;
      return length < 0 ? undefined : length;
    },
    listen(onPacket) {
      // A frame or an ICMP message that matters is far below this; longer ones are cut by the kernel.
      const bytes = Buffer.alloc(2048);
      const from = Buffer.alloc(longestAddress);
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
