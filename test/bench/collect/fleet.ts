/**
 * A real OpenSSH server on every host of a place, each with a host key of its own, and one account that they all have. The account and
 * what the servers want of /run exist only in their mount namespace; the machine's own files stay as they are.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Place } from './place.js';

export const username = 'ksocket-bench';
const uid = 48_214;

export class Fleet {
  private constructor(
    private readonly child: ChildProcess,
    /** The private key that opens every host. */
    readonly key: string,
  ) {}

  /**
   * @param folder of this run, which everybody may enter
   * @param updates whether apt has lists, from which it tells what is pending: half a second of processor time a host
   */
  static async start(place: Place, folder: string, updates: boolean): Promise<Fleet> {
    const at = (name: string) => join(folder, name);
    const hosts = Array.from({ length: place.hosts }, (_, host) => host);
    for (const name of ['client', ...hosts.map((host) => `host${host}`)])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', at(name)]);
    copyFileSync(at('client.pub'), at('authorized_keys'));
    mkdirSync(at('home'));
    execFileSync('chown', [String(uid), at('home')]);
    copyFileSync('/etc/passwd', at('passwd'));
    appendFileSync(at('passwd'), `${username}:x:${uid}:${uid}::${at('home')}:/bin/sh\n`);
    copyFileSync('/etc/shadow', at('shadow'));
    appendFileSync(at('shadow'), `${username}:*:20000:0:99999:7:::\n`);
    chmodSync(at('shadow'), 0o600);
    const config = ['PidFile none', 'StrictModes no', `AuthorizedKeysFile ${at('authorized_keys')}`, 'UsePAM no'];
    const more = ['PasswordAuthentication no', 'UseDNS no', 'LogLevel ERROR', 'MaxStartups 200', 'PrintMotd no'];
    const sftp = 'Subsystem sftp internal-sftp';
    writeFileSync(at('sshd_config'), `${[...config, ...more, sftp].join('\n')}\n`);
    if (updates) packageCache(at('apt'));
    const servers = hosts.map(
      (host) =>
        `nsenter --net=netns/${place.spaceOf(host)} /usr/sbin/sshd -D -e -f sshd_config -h ${at(`host${host}`)} &`,
    );
    mkdirSync(at('netns'));
    const script = [
      'set -e',
      'mount --rbind /run/netns netns',
      'mount --bind passwd /etc/passwd',
      'mount --bind shadow /etc/shadow',
      ...(updates
        ? ['mount --bind apt /var/cache/apt', 'mount -t tmpfs tmpfs /etc/apt/apt.conf.d']
        : ['mount -t tmpfs tmpfs /var/lib/apt']),
      'mount -t tmpfs tmpfs /run',
      'mkdir -m 755 /run/sshd',
      ...servers,
      'wait',
    ];
    const options = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', script.join('\n')];
    const child = spawn('unshare', options, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    const it = new Fleet(child, at('client'));
    try {
      await it.#listening(place);
    } catch (error) {
      await it.stop();
      throw error;
    }
    return it;
  }

  /** What the servers and everything that was run on the hosts have used, once all sessions are over. */
  async cpuSeconds(): Promise<number> {
    for (let i = 0; i < 500 && this.#sessions() > 0; i++) await sleep(20);
    // A session that ends before its shell leaves the shell to process 1, which reaps it.
    const ticks = [...this.#first(), ...this.#servers()].flatMap((pid) => statOf(pid).slice(11, 15).map(Number));
    return ticks.reduce((sum, it) => sum + it, 0) / ticksPerSecond;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  #first(): number[] {
    return childrenOf(this.child.pid ?? 0);
  }

  #servers(): number[] {
    return this.#first().flatMap(childrenOf).filter(isServer);
  }

  #sessions(): number {
    const all = this.#first().flatMap(childrenOf);
    return all.flatMap(childrenOf).length + all.filter((pid) => !isServer(pid)).length;
  }

  async #listening(place: Place): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      if (this.child.exitCode !== null) throw new Error('the SSH servers ended at once');
      const sockets = this.#servers().filter((pid) =>
        /:0016 0{8}:0000 0A/.test(readFileSync(`/proc/${pid}/net/tcp`, 'utf8')),
      );
      if (sockets.length === place.hosts) return;
      await sleep(20);
    }
    throw new Error('the SSH servers do not listen');
  }
}

/** USER_HZ, in which /proc counts (proc(5)). */
const ticksPerSecond = 100;

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** What apt keeps of its lists, as on any Debian; on a machine made for containers it is told not to, and reads all of them each time. */
function packageCache(folder: string): void {
  mkdirSync(folder);
  const names = {
    'Dir::Cache': folder,
    'Dir::Cache::pkgcache': 'pkgcache.bin',
    'Dir::Cache::srcpkgcache': 'srcpkgcache.bin',
  };
  const words = Object.entries(names).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  // Unlike gencaches it waits for no lock, which another apt of this machine may hold.
  execFileSync('apt', ['list', '--upgradable', ...words], { stdio: 'ignore' });
}

function isServer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1') === 'sshd\n';
  } catch {
    return false;
  }
}

/** The fields of /proc/PID/stat from the state on. */
function statOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
