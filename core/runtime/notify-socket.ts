/**
 * The datagram socket on which systemd hears its services (sd_notify(3)). Node has no AF_UNIX datagram sockets, so the three calls go
 * through koffi; docs/decisions says why not through a process. A wrong prototype kills the process, so all of them stand here.
 */

const afUnix = 1;
const sockDatagramCloseOnExec = 2 | 0x80000;
/** MSG_DONTWAIT | MSG_NOSIGNAL: a busy service manager must not hold the loop that it is told about. */
const sendFlags = 0x40 | 0x4000;
/** sizeof sun_path in linux/un.h */
const longestPath = 108;

export interface NotifySocket {
  /** One datagram of `NAME=value` lines. It may be lost while the other end is busy. */
  send(text: string): void;
  close(): void;
}

/** Can systemd be told anything by this installation? `service install` asks before it writes a unit that relies on it. */
export async function canNotify(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  return import('koffi').then(
    () => true,
    () => false,
  );
}

/**
 * @param address NOTIFY_SOCKET: an absolute path, or `@` and a name in the abstract namespace
 * @throws Error that says why nothing can be sent
 */
export async function openNotifySocket(address: string): Promise<NotifySocket> {
  const to = socketAddress(address);
  const { default: koffi } = await import('koffi');
  const lib = koffi.load(null);
  const socket = lib.func('int socket(int domain, int type, int protocol)');
  const close = lib.func('int close(int fd)');
  // ssize_t is unknown to koffi; intptr_t has its width.
  const sendto = lib.func(
    'intptr_t sendto(int fd, const void *bytes, size_t length, int flags, const void *to, uint32_t toLength)',
  );
  const fd: number = socket(afUnix, sockDatagramCloseOnExec, 0);
  if (fd < 0) throw new Error(`no datagram socket: error ${koffi.errno()}`);
  let open = true;
  return {
    send(text) {
      const bytes = Buffer.from(text);
      if (open) sendto(fd, bytes, bytes.length, sendFlags, to, to.length);
    },
    close() {
      if (open) close(fd);
      open = false;
    },
  };
}

/** struct sockaddr_un of unix(7). */
export function socketAddress(address: string): Buffer {
  const isAbstract = address.startsWith('@');
  if (!isAbstract && !address.startsWith('/')) throw new Error(`NOTIFY_SOCKET is ${address}, which is no local socket`);
  // An abstract name begins with NUL and ends with its length; a path ends with NUL.
  const path = Buffer.from(isAbstract ? `\0${address.slice(1)}` : `${address}\0`);
  if (path.length > longestPath) throw new Error(`NOTIFY_SOCKET is longer than ${longestPath} bytes`);
  const family = Buffer.from(new Uint16Array([afUnix]).buffer);
  return Buffer.concat([family, path]);
}
