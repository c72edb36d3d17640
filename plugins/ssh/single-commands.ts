/**
 * A host that runs commands but gives nobody a shell to feed a script: a restricted shell, an appliance that knows a list of
 * programs. Each question is a command of its own; its answer becomes the part of the script that asks the same.
 */
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from 'ksocket/plugin';
import type { ClientChannel } from 'ssh2';
import { close, openChannel } from './channel.js';
import { within } from './limit.js';
import type { Login } from './login.js';
import type { Part } from './splitter.js';

const maxBytes = 4 * 1024 * 1024;
const commandMs = 20_000;
/** What timeout(1) exits with, which the script would say of such a command. */
const timedOut = 124;
/** All of them together, as for the script. */
const deadlineMs = 60_000;

/** uname(1), -s: who answers with one of these runs commands. */
const kernels = new Set([
  ...['Linux', 'FreeBSD', 'OpenBSD', 'NetBSD', 'DragonFly', 'Darwin', 'SunOS', 'AIX', 'HP-UX', 'VMkernel'],
]);

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
const dpkgFormat = '${Status}\\t${Package}\\t${Version}\\t${Architecture}\\n';
const rpmFormat = '%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\n';

interface Single {
  readonly part: string;
  readonly command: string;
  /** The script prints files as `grep -H` does. */
  readonly file?: string;
}

const onLinux: readonly Single[] = [
  { part: 'ip-address', command: 'ip -o addr show' },
  { part: 'ip-neighbour', command: 'ip neigh show' },
  { part: 'ip-route', command: 'ip -4 route show' },
  { part: 'ip-route6', command: 'ip -6 route show' },
  { part: 'ip-link', command: 'ip -o link show' },
  { part: 'resolver', command: 'cat /etc/resolv.conf' },
  { part: 'release', command: 'cat /etc/os-release', file: '/etc/os-release' },
  { part: 'older-release', command: 'cat /etc/debian_version', file: '/etc/debian_version' },
  { part: 'fqdn', command: 'hostname -f' },
  { part: 'zone', command: 'date +%Z' },
  { part: 'cpu', command: 'cat /proc/cpuinfo' },
  { part: 'memory', command: 'cat /proc/meminfo' },
  { part: 'df', command: 'df -kP' },
  { part: 'dpkg', command: `dpkg-query -W -f='${dpkgFormat}'` },
  { part: 'rpm', command: `rpm -qa --qf '${rpmFormat}'` },
];
const elsewhere: readonly Single[] = [
  { part: 'ifconfig', command: 'ifconfig -a' },
  { part: 'bsd-arp', command: 'arp -an' },
  { part: 'bsd-route', command: 'netstat -rn' },
  { part: 'fqdn', command: 'hostname' },
  { part: 'zone', command: 'date +%Z' },
];

export interface CommandParts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Asks into `found`, and a second time over what the first time has found.
 * @returns whether time was enough for all questions; undefined where the host does not run `uname -s`
 * @throws Failure E_CANCELLED, E_RESET, E_UNSUPPORTED
 */
export async function singleCommands(
  login: Login,
  parts: CommandParts,
  found: Map<string, Part>,
): Promise<'ok' | 'timeout' | undefined> {
  const started = parts.clock.monotonic();
  const name = await run(login, 'uname -s', parts);
  const system = name?.text.trim() ?? '';
  if (name?.exit !== 0 || !kernels.has(system)) return undefined;
  const kernel = [system];
  for (const option of ['-r', '-v', '-m', '-n']) {
    kernel.push((await run(login, `uname ${option}`, parts))?.text.split('\n', 1)[0] ?? '');
  }
  found.set('kernel', { name: 'kernel', text: kernel.join('\n'), exit: 0 });
  for (const { part, command, file } of system === 'Linux' ? onLinux : elsewhere) {
    if (parts.clock.monotonic() - started > deadlineMs) return 'timeout';
    const answer = await run(login, command, parts);
    // A restricted shell says 126 or 127 for what it does not permit or have, and prints nothing that we would read.
    if (answer?.exit === 126 || answer?.exit === 127) continue;
    if (answer === undefined) {
      found.set(part, { name: part, text: '', exit: timedOut });
      continue;
    }
    const text = answer.text.trimEnd();
    const lines = file === undefined ? text : text.replaceAll(/^/gm, `${file}:`);
    found.set(part, { name: part, text: lines, exit: answer.exit });
  }
  return 'ok';
}

/**
 * One command in a channel of its own (RFC 4254, 6.5); undefined where its answer has no end.
 * @throws Failure E_UNSUPPORTED where the host refuses the channel, E_RESET, E_CANCELLED
 */
async function run(
  login: Login,
  command: string,
  { clock, signal }: CommandParts,
): Promise<{ text: string; exit: number | undefined } | undefined> {
  const place = `run a command after ${login.place}`;
  const limit = { clock, signal, ms: commandMs, place };
  let channel: ClientChannel | undefined;
  try {
    channel = await openChannel(login, limit, (opened) => login.client.exec(command, opened));
    return await within(limit, Promise.race([answerOf(channel), login.ended.then((why) => Promise.reject(why))]));
  } catch (error) {
    if ((error as { code?: unknown }).code === 'E_TIMEOUT') return undefined;
    throw error;
  } finally {
    if (channel !== undefined) close(channel);
  }
}

/** All that it prints until it ends, or as much as is taken of it. */
function answerOf(channel: ClientChannel): Promise<{ text: string; exit: number | undefined }> {
  return new Promise((resolve) => {
    const decoder = new StringDecoder('utf8');
    const pieces: string[] = [];
    let size = 0;
    channel.stderr.resume();
    channel.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) pieces.push(decoder.write(chunk));
      else resolve({ text: pieces.join(''), exit: undefined });
    });
    channel.on('error', () => undefined);
    // ssh2 says the exit status once more at the end, when all is read; `exit` itself may have come with the word that the command runs.
    channel.on('close', (code?: number | null) => resolve({ text: pieces.join(''), exit: code ?? undefined }));
    channel.end();
  });
}
