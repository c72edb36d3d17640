/**
 * IP Helper of Windows (iphlpapi.dll), so that no packet driver is needed, and beside libc.ts the other home of koffi. A wrong
 * prototype kills the process, so all of them stand here, each under the name of its page on learn.microsoft.com.
 *
 * All calls but `resolve` return in microseconds and are synchronous. What a call may still write to after it has returned, or
 * from another thread, is memory of koffi.alloc, which neither koffi nor V8 moves (docs/decisions/0011).
 */
import type { Address } from 'ksocket/plugin';
import type { Obstacle } from '../probes/probe.js';
import { ipAddr, netRow2Length, readNetRow2Mac, writeNetRow2 } from '../wire/ip-helper.js';

/** Memory that stays where it is until `free`; `bytes` must not be touched after that. */
export interface Pinned {
  readonly pointer: bigint;
  readonly bytes: Buffer;
  free(): void;
}

/** HANDLE: a number of the size of a pointer. */
export type Handle = number | bigint;

export interface IpHelper {
  /** MIB_IPFORWARDTABLE, empty when it cannot be read. */
  forwardTable(): Buffer;
  /** MIB_IPNETTABLE, empty when it cannot be read. */
  netTable(): Buffer;
  /** The name that Windows shows and `os.networkInterfaces()` gives. */
  interfaceAlias(index: number): string | undefined;
  /** Gives the MAC address, or the number of the error; `nobodyAnswered` after about 3 s. Undefined where the system lacks it. */
  readonly resolve: ((address: Address) => Promise<string | number>) | undefined;
  readonly icmp: IcmpCalls;
  allocate(length: number): Pinned;
}

export interface IcmpCalls {
  /** Undefined when the system has no ICMP to give. */
  open(): Handle | undefined;
  close(handle: Handle): void;
  /** 0 while the request is under way (ERROR_IO_PENDING), otherwise the number of the error. `event` is signalled at its end. */
  send(
    handle: Handle,
    event: Handle,
    to: Address,
    data: Pinned,
    reply: bigint,
    length: number,
    timeoutMs: number,
  ): number;
  /** The number of replies; where it is 0, the reason stands in `error`. */
  parse(reply: bigint, length: number): { readonly replies: number; readonly error: number };
  createEvent(): Handle | undefined;
  closeEvent(event: Handle): void;
  /** Which of at most 64 events is signalled, the first of them; undefined when none is. */
  signalled(events: readonly Handle[]): number | undefined;
  resetEvent(event: Handle): void;
}

let loading: Promise<IpHelper | Obstacle> | undefined;

/** Loads koffi at the first call, never at import. */
export function ipHelper(): Promise<IpHelper | Obstacle> {
  loading ??= load();
  return loading;
}

/** MAXIMUM_WAIT_OBJECTS, from "WaitForMultipleObjects function (synchapi.h)" */
export const mostEventsAtOnce = 64;
const ioPending = 997;
const insufficientBuffer = 122;
const invalidHandle = -1;
/** ERROR_BAD_NET_NAME: nobody answered, as the page of ResolveIpNetEntry2 has it. */
export const nobodyAnswered = 67;
/** NDIS_IF_MAX_STRING_SIZE + 1, from "ConvertInterfaceLuidToAlias function (netioapi.h)" */
const aliasLength = 257;

async function load(): Promise<IpHelper | Obstacle> {
  if (process.platform !== 'win32')
    return { reason: `there is no IP Helper on ${process.platform}`, remedy: 'it belongs to Windows' };
  try {
    const { default: koffi } = await import('koffi');
    return bind(koffi);
  } catch (error) {
    return {
      reason: `IP Helper does not load: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
      remedy: 'install the package koffi for this platform',
    };
  }
}

type Koffi = typeof import('koffi').default;
type Table = (table: Buffer | null, size: [number], order: number) => number;

function bind(koffi: Koffi): IpHelper {
  const helper = koffi.load('iphlpapi.dll');
  // "GetIpForwardTable function (iphlpapi.h)" and "GetIpNetTable function (iphlpapi.h)"
  const getIpForwardTable = helper.func(
    'uint32_t __stdcall GetIpForwardTable(_Out_ void *table, _Inout_ uint32_t *size, int order)',
  ) as Table;
  const getIpNetTable = helper.func(
    'uint32_t __stdcall GetIpNetTable(_Out_ void *table, _Inout_ uint32_t *size, int order)',
  ) as Table;
  // "ConvertInterfaceIndexToLuid function (netioapi.h)" and "ConvertInterfaceLuidToAlias function (netioapi.h)"
  const indexToLuid = helper.func(
    'uint32_t __stdcall ConvertInterfaceIndexToLuid(uint32_t index, _Out_ uint64_t *luid)',
  );
  const luidToAlias = helper.func(
    'uint32_t __stdcall ConvertInterfaceLuidToAlias(const uint64_t *luid, _Out_ void *alias, size_t length)',
  );
  const allocate = (length: number): Pinned => {
    const pointer = koffi.alloc('uint8_t', length) as bigint;
    const bytes = Buffer.from(koffi.view(pointer, length));
    return { pointer, bytes: bytes.fill(0), free: () => koffi.free(pointer) };
  };
  return {
    forwardTable: () => readTable(getIpForwardTable),
    netTable: () => readTable(getIpNetTable),
    interfaceAlias(index) {
      const luid: [bigint] = [0n];
      if (indexToLuid(index, luid) !== 0) return undefined;
      const alias = Buffer.alloc(aliasLength * 2);
      if (luidToAlias(luid, alias, aliasLength) !== 0) return undefined;
      return alias.toString('utf16le').split('\0')[0];
    },
    resolve: bindResolve(koffi, allocate),
    icmp: bindIcmp(koffi),
    allocate,
  };
}

/** The tables grow between the question for their size and the answer, so there is some room, and a few tries. */
function readTable(call: Table): Buffer {
  const size: [number] = [0];
  for (let attempt = 0; attempt < 4; attempt++) {
    const table = Buffer.alloc(size[0] === 0 ? 16_384 : size[0] + 4096);
    size[0] = table.length;
    const result = call(table, size, 0);
    if (result === 0) return table;
    if (result !== insufficientBuffer) break;
  }
  return Buffer.alloc(0);
}

/**
 * "ResolveIpNetEntry2 function (netioapi.h)": forgets what the table says of an address and asks by ARP, which holds its thread for
 * about 3 s when nobody answers: a thread of libuv's pool, and its caller keeps their number small. "GetBestInterface function
 * (iphlpapi.h)" names the link. wine 8 lacks the first one.
 */
function bindResolve(koffi: Koffi, allocate: (length: number) => Pinned): IpHelper['resolve'] {
  const helper = koffi.load('iphlpapi.dll');
  const getBestInterface = helper.func(
    'uint32_t __stdcall GetBestInterface(uint32_t destination, _Out_ uint32_t *index)',
  );
  let resolveIpNetEntry2: {
    async: (row: bigint, source: null, done: (error: unknown, result: number) => void) => void;
  };
  try {
    resolveIpNetEntry2 = helper.func('uint32_t __stdcall ResolveIpNetEntry2(void *row, const void *source)');
  } catch {
    return undefined;
  }
  return async (address) => {
    const index: [number] = [0];
    const failed: number = getBestInterface(ipAddr(address), index);
    if (failed !== 0) return failed;
    const row = allocate(netRow2Length);
    writeNetRow2(row.bytes, address, index[0]);
    try {
      const result = await new Promise<number>((resolve, reject) => {
        resolveIpNetEntry2.async(row.pointer, null, (error, it) => (error ? reject(error) : resolve(it)));
      });
      return result === 0 ? (readNetRow2Mac(row.bytes) ?? nobodyAnswered) : result;
    } finally {
      row.free();
    }
  };
}

/**
 * "IcmpCreateFile", "IcmpCloseHandle", "IcmpSendEcho2" and "IcmpParseReplies function (icmpapi.h)"; "CreateEventW", "ResetEvent" and
 * "WaitForMultipleObjects function (synchapi.h)"; "GetLastError function (errhandlingapi.h)", whose value koffi keeps from call
 * to call.
 */
function bindIcmp(koffi: Koffi): IcmpCalls {
  const helper = koffi.load('iphlpapi.dll');
  const kernel = koffi.load('kernel32.dll');
  const createFile = helper.func('intptr_t __stdcall IcmpCreateFile()');
  const closeFile = helper.func('int __stdcall IcmpCloseHandle(intptr_t handle)');
  const sendEcho = helper.func(
    'uint32_t __stdcall IcmpSendEcho2(intptr_t handle, intptr_t event, void *apcRoutine, void *apcContext, uint32_t destination, const void *data, uint16_t size, const void *options, void *reply, uint32_t replySize, uint32_t timeoutMs)',
  );
  const parseReplies = helper.func('uint32_t __stdcall IcmpParseReplies(void *reply, uint32_t size)');
  const createEvent = kernel.func(
    'intptr_t __stdcall CreateEventW(void *attributes, int manualReset, int initialState, const void *name)',
  );
  const resetEvent = kernel.func('int __stdcall ResetEvent(intptr_t event)');
  const closeHandle = kernel.func('int __stdcall CloseHandle(intptr_t handle)');
  const wait = kernel.func(
    'uint32_t __stdcall WaitForMultipleObjects(uint32_t count, const intptr_t *handles, int all, uint32_t timeoutMs)',
  );
  const getLastError = kernel.func('uint32_t __stdcall GetLastError()');
  const usable = (handle: Handle) => (handle === 0 || handle === invalidHandle ? undefined : handle);
  return {
    open: () => usable(createFile()),
    close: (handle) => void closeFile(handle),
    send(handle, event, to, data, reply, length, timeoutMs) {
      const size = data.bytes.length;
      const destination = ipAddr(to);
      const result: number = sendEcho(
        ...[handle, event, null, null, destination, data.pointer, size, null, reply, length, timeoutMs],
      );
      // Windows tells it by GetLastError; the page speaks of the result itself.
      const code: number = result === 0 ? getLastError() : result;
      return code === ioPending ? 0 : code;
    },
    parse(reply, length) {
      const replies: number = parseReplies(reply, length);
      return { replies, error: replies === 0 ? getLastError() : 0 };
    },
    createEvent: () => usable(createEvent(null, 1, 0, null)),
    closeEvent: (event) => void closeHandle(event),
    signalled(events) {
      const index: number = wait(events.length, events, 0, 0);
      return index < events.length ? index : undefined;
    },
    resetEvent: (event) => void resetEvent(event),
  };
}
