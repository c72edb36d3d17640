/**
 * A real OpenSSH server on loopback for the tests, with an account of its own that exists only in the mount namespace of that
 * one process: copies of passwd, shadow and PAM’s sshd file are bound over the system’s, which is never changed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const username = 'ksocket-test';
/** Of this process of tests alone: another one that runs beside it looks for what its own sessions have left. */
export const uid = 100_000 + process.pid;

/** Why there can be no server here, or undefined. */
export function noOpenSsh(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  if (!existsSync('/usr/sbin/sshd')) return 'needs openssh-server';
  if (!existsSync('/usr/bin/unshare')) return 'needs unshare';
  return undefined;
}

/** What ssh-keygen is told for each. */
const hostKeyOptions = {
  ed25519: ['-t', 'ed25519'],
  rsa: ['-t', 'rsa'],
  ecdsa: ['-t', 'ecdsa'],
  ecdsa384: ['-t', 'ecdsa', '-b', '384'],
  ecdsa521: ['-t', 'ecdsa', '-b', '521'],
} as const;
export type HostKeyType = keyof typeof hostKeyOptions;

export interface OpenSshOptions {
  readonly hostKeys?: readonly HostKeyType[];
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
  readonly shell?: string;
  /** Take over the port of a server that has ended. */
  readonly port?: number;
  /** Lines of PAM’s file for sshd, in place of a plain pam_unix. */
  readonly pam?: readonly string[];
  /** What stands in shadow(5): the password in clear (empty: none is needed), and when it was changed, in days (0: it has expired). */
  readonly password?: string;
  readonly passwordChanged?: number;
  /** A certificate authority signs the host keys; the server shows the certificates where it is asked for them. */
  readonly certified?: boolean;
  /** Further commands of the mount namespace, before the server starts. */
  readonly mounts?: readonly string[];
}

export interface OpenSsh {
  readonly port: number;
  /** Ends the server’s side of every session, as a power cut would. */
  cut(): void;
  readonly password: string;
  readonly folder: string;
  /** Fingerprint of a host key, by ssh-keygen. */
  fingerprint(type: HostKeyType): string;
  /** Makes a key pair with ssh-keygen, permits it, and returns the file name of the private key. */
  key(name: string, options: readonly string[]): string;
  /** Permits the public key of this private key file. */
  permit(file: string): void;
  /** What the server has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

export const plainPam = [
  'auth required pam_unix.so nodelay nullok',
  'account required pam_unix.so',
  'password required pam_unix.so',
  'session required pam_permit.so',
];

export async function startOpenSsh(options: OpenSshOptions = {}): Promise<OpenSsh> {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-sshd-'));
  chmodSync(folder, 0o755);
  const at = (name: string) => join(folder, name);
  const password = options.password ?? randomBytes(9).toString('hex');
  const types = options.hostKeys ?? ['ed25519'];
  for (const type of types) keygen(at(`host_${type}`), hostKeyOptions[type]);
  if (options.certified) {
    keygen(at('ca'), ['-t', 'ed25519']);
    for (const type of types)
      execFileSync('ssh-keygen', ['-q', '-s', at('ca'), '-I', 'test', '-h', at(`host_${type}.pub`)]);
  }
  mkdirSync(at('home'));
  chownSync(at('home'), uid, uid);
  writeFileSync(at('authorized_keys'), '');

  const hash = password === '' ? '' : execFileSync('openssl', ['passwd', '-6', password], { encoding: 'utf8' }).trim();
  copyFileSync('/etc/passwd', at('passwd'));
  appendFileSync(at('passwd'), `${username}:x:${uid}:${uid}::${at('home')}:${options.shell ?? '/bin/sh'}\n`);
  copyFileSync('/etc/shadow', at('shadow'));
  appendFileSync(at('shadow'), `${username}:${hash}:${options.passwordChanged ?? 20_000}:0:99999:7:::\n`);
  chmodSync(at('shadow'), 0o600);
  writeFileSync(at('pam'), `${(options.pam ?? plainPam).join('\n')}\n`);

  const port = options.port ?? (await freePort());
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...types.map((type) => `HostKey ${at(`host_${type}`)}`),
    ...(options.certified ? types.map((type) => `HostCertificate ${at(`host_${type}-cert.pub`)}`) : []),
    'PidFile none',
    'StrictModes no',
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    'PermitRootLogin prohibit-password',
    // The options given come first: sshd keeps the first value of each keyword.
    ...(options.config ?? []),
    'UsePAM yes',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'PrintMotd no',
    'UseDNS no',
    'LogLevel ERROR',
  ];
  writeFileSync(at('sshd_config'), `${config.join('\n')}\n`);
  const namespace = [
    'set -e',
    'mount --bind passwd /etc/passwd',
    'mount --bind shadow /etc/shadow',
    'mount --bind pam /etc/pam.d/sshd',
    // sshd wants its empty folder /run/sshd, which only Debian’s service makes.
    'mount -t tmpfs tmpfs /run',
    'mkdir -m 755 /run/sshd',
    ...(options.mounts ?? []),
    'exec /usr/sbin/sshd -D -e -f sshd_config',
  ];
  const child = spawn('unshare', ['--mount', 'sh', '-c', namespace.join('\n')], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  await listening(port, () => (child.exitCode === null ? undefined : complaints || 'sshd ended'));

  const permit = (file: string) =>
    appendFileSync(
      at('authorized_keys'),
      execFileSync('ssh-keygen', ['-y', '-P', '', '-f', file], { encoding: 'utf8' }),
    );
  return {
    port,
    cut() {
      const children = execFileSync('ps', ['--ppid', String(child.pid), '-o', 'pid='], { encoding: 'utf8' });
      for (const pid of children.trim().split(/\s+/)) process.kill(Number(pid), 'SIGKILL');
    },
    password,
    folder,
    fingerprint: (type) =>
      execFileSync('ssh-keygen', ['-lf', at(`host_${type}.pub`)], { encoding: 'utf8' }).split(' ')[1] ?? '',
    key(name, options_) {
      keygen(at(name), options_);
      appendFileSync(at('authorized_keys'), execFileSync('cat', [at(`${name}.pub`)], { encoding: 'utf8' }));
      return at(name);
    },
    permit,
    log: () => complaints,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function keygen(file: string, options: readonly string[]): void {
  const passphrase = options.includes('-N') ? [] : ['-N', ''];
  execFileSync('ssh-keygen', ['-q', '-f', file, '-C', 'test', ...passphrase, ...options]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(port: number, ended: () => string | undefined): Promise<void> {
  for (;;) {
    const complaint = ended();
    if (complaint !== undefined) throw new Error(`sshd did not start: ${complaint}`);
    const socket = connect(port, '127.0.0.1');
    const up = await Promise.race([
      once(socket, 'data').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (up) return;
    await sleep(20);
  }
}
