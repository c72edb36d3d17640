/**
 * A host that runs commands but gives nobody a shell to feed a script: a restricted shell, an appliance that knows a list of
 * programs. Each question is a command of its own; its answer becomes the part of the script that asks the same.
 */
import { StringDecoder } from 'node:string_decoder';
import { type Clock, failure } from 'ksocket/plugin';
import type { ClientChannel } from 'ssh2';
import { within } from './limit.js';
import type { Login } from './login.js';
import type { Part } from './splitter.js';

const maxBytes = 4 * 1024 * 1024;
const commandMs = 20_000;
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

/** @returns undefined where the host does not run `uname -s` @throws Failure E_CANCELLED, E_RESET, E_UNSUPPORTED */
export async function singleCommands(login: Login, parts: CommandParts): Promise<Map<string, Part> | undefined> {
  const started = parts.clock.monotonic();
  const name = await run(login, 'uname -s', parts);
  const system = name?.text.trim() ?? '';
  if (name?.exit !== 0 || !kernels.has(system)) return undefined;
  const found = new Map<string, Part>();
  const kernel = [system];
  for (const option of ['-r', '-v', '-m', '-n']) {
    kernel.push((await run(login, `uname ${option}`, parts))?.text.split('\n', 1)[0] ?? '');
  }
  found.set('kernel', { name: 'kernel', text: kernel.join('\n'), exit: 0 });
  for (const { part, command, file } of system === 'Linux' ? onLinux : elsewhere) {
    if (parts.clock.monotonic() - started > deadlineMs) break;
    const answer = await run(login, command, parts);
    // A restricted shell says 126 or 127 for what it does not permit or have, and prints nothing that we would read.
    if (answer === undefined || answer.exit === 126 || answer.exit === 127) continue;
    const text = answer.text.trimEnd();
    const lines = file === undefined ? text : text.replaceAll(/^/gm, `${file}:`);
    found.set(part, { name: part, text: lines, exit: answer.exit });
  }
  return found;
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
  let channel: ClientChannel | undefined;
  const answer = new Promise<{ text: string; exit: number | undefined } | undefined>((resolve, reject) => {
    const opened = (error: Error | undefined, it: ClientChannel) => {
      if (error) return reject(failure('E_UNSUPPORTED', place, { cause: error }));
      channel = it;
      const decoder = new StringDecoder('utf8');
      const pieces: string[] = [];
      let size = 0;
      let exit: number | undefined;
      it.stderr.resume();
      it.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= maxBytes) return void pieces.push(decoder.write(chunk));
        it.destroy();
        resolve({ text: pieces.join(''), exit: undefined });
      });
      it.on('exit', (code: number | null) => {
        exit = code ?? undefined;
      });
      it.on('error', () => undefined);
      it.on('close', () => resolve({ text: pieces.join(''), exit }));
      it.end();
    };
    try {
      login.client.exec(command, opened);
    } catch (cause) {
      reject(failure('E_RESET', place, { cause }));
    }
    login.ended.then(reject);
  });
  try {
    return await within({ clock, signal, ms: commandMs, place }, answer);
  } catch (error) {
    channel?.destroy();
    if ((error as { code?: unknown }).code === 'E_TIMEOUT') return undefined;
    throw error;
  }
}
