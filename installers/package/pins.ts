/** The table of pins.json: what each platform is built from. */
import { createRequire } from 'node:module';
import type table from './pins.json';
import type { PinnedPackage } from './registry.js';

// By require, because an import of JSON makes Node 20 print a warning.
const pins = createRequire(import.meta.url)('./pins.json') as typeof table;

export type PlatformName = keyof typeof table.platforms;

interface Common {
  readonly name: PlatformName;
  /** As npm calls them: which optional packages of the lockfile belong here. */
  readonly os: string;
  readonly cpu: string;
  readonly runtime: PinnedPackage;
}

export interface LinuxPlatform extends Common {
  readonly os: 'linux';
  /** Zig's triple, which ends with the oldest glibc that our own native parts run on. */
  readonly target: string;
  /**
   * What native parts are compiled against: the runtime's own headers, or older ones of the same ABI. From 24.19 on they make every
   * object of better-sqlite3 take back a hook when it is collected, and where no context is entered that ends the process
   * (nodejs/node issue 65446); it depends on the headers alone.
   */
  readonly headers: PinnedPackage;
  /** The binutils of this architecture. */
  readonly strip: string;
  /** The architecture in the words of deb and rpm. */
  readonly deb: string;
  readonly rpm: string;
}

export interface WindowsPlatform extends Common {
  readonly os: 'win32';
  /** Has the text that the runtime's own package lacks. */
  readonly licence: PinnedPackage;
  /** A version with prebuilt binaries: node.lib, to link our own, is in no package of the registry. */
  readonly sqlite: PinnedPackage;
  /** The service runner (nssm.cc), 2.24-101, which its author recommends since Windows 10; 64 bits. */
  readonly nssm: PinnedPackage;
}

export type Platform = LinuxPlatform | WindowsPlatform;

export const platforms = Object.entries(pins.platforms).map(([name, it]) => ({ ...it, name }) as Platform);

export const compiler: PinnedPackage = pins.compiler;

export const libpcap: { readonly version: string; readonly file: string; readonly sha256: string } = pins.libpcap;
