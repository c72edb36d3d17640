/** Facts of this machine and of this installation: what support asks for first. */
import { readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import { type Home, packageRoot } from '../../core/config/index.js';
import { version } from '../version.js';

export function machine(home: Home, environment: NodeJS.ProcessEnv) {
  return {
    at: new Date().toISOString(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    os: { platform: os.platform(), release: os.release(), version: os.version(), arch: os.arch(), ...osRelease() },
    uptimeSeconds: os.uptime(),
    loadAverage: os.loadavg(),
    cpus: { count: os.cpus().length, model: os.cpus()[0]?.model },
    memory: { totalBytes: os.totalmem(), freeBytes: os.freemem() },
    disk: diskOf(home.directory),
    user: { uid: process.getuid?.(), gid: process.getgid?.(), groups: process.getgroups?.() },
    capabilities: line('/proc/self/status', /^CapEff:\s*(\w+)/m),
    container: line('/proc/1/environ', /\bcontainer=(\w+)/),
    interfaces: Object.fromEntries(
      Object.entries(os.networkInterfaces()).map(([name, list = []]) => [
        name,
        list.map(({ cidr, mac }) => ({ cidr, mac })),
      ]),
    ),
    // Which are set matters; what is in them may be a login.
    environment: Object.keys(environment)
      .filter((name) => /^(KSOCKET_|LC_|LANG$|NODE_|(HTTPS?|ALL|NO)_PROXY$|PATH$|TZ$)/i.test(name))
      .sort(),
  };
}

export function versions() {
  const { dependencies = {}, optionalDependencies = {} } = manifestOf(`${packageRoot}/`);
  const installed = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)].map((name) => {
    try {
      return [name, manifestOf(`${packageRoot}/node_modules/${name}/`).version];
    } catch {
      return [name, 'not installed'];
    }
  });
  return { ksocket: version(), ...process.versions, libraries: Object.fromEntries(installed) };
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as Manifest;

const osRelease = () => ({ distribution: line('/etc/os-release', /^PRETTY_NAME="?(.*?)"?$/m) });

function line(path: string, pattern: RegExp): string | undefined {
  try {
    return pattern.exec(readFileSync(path, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

function diskOf(path: string) {
  try {
    const { bsize, blocks, bavail, files, ffree } = statfsSync(path);
    return { path, totalBytes: bsize * blocks, freeBytes: bsize * bavail, inodes: files, freeInodes: ffree };
  } catch (error) {
    return { path, error: (error as NodeJS.ErrnoException).code };
  }
}
