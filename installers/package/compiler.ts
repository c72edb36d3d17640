/**
 * Zig as a C and C++ compiler: one package compiles for all three Linux architectures, against the glibc that its target names,
 * with its own libc++ inside the result. Debian's cross compilers would need 2.36 at run time (docs/decisions/0015).
 */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.js';
import { command } from './command.js';
import { compiler } from './pins.js';
import { fetchPackage } from './registry.js';

export interface Compiler {
  /** @param language `cc` or `c++` */
  run(language: 'cc' | 'c++', args: readonly string[], cwd: string): Promise<void>;
  /** A program for scripts that want `CC`. */
  script(folder: string): Promise<string>;
}

/** @throws Error on another machine than x86_64 Linux: the compiler that is pinned runs there */
export async function compilerFor(target: string): Promise<Compiler> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'packages are built on Linux x86_64, where the pinned compiler runs; use such a machine or a container',
    );
  const zig = join(await fetchPackage(compiler), 'zig');
  // Zig keeps its own cache of what it has built of glibc and libc++; the name of that folder must not be the user's business.
  const env = { ZIG_GLOBAL_CACHE_DIR: join(cacheFolder(), 'zig'), ZIG_LOCAL_CACHE_DIR: join(cacheFolder(), 'zig') };
  return {
    async run(language, args, cwd) {
      await command(zig, [language, '-target', target, ...args], { cwd, env });
    },
    async script(folder) {
      const path = join(folder, 'cc');
      const words = Object.entries(env).map(([name, value]) => `${name}='${value}' `);
      await writeFile(path, `#!/bin/sh\n${words.join('')}exec '${zig}' cc -target ${target} "$@"\n`);
      await chmod(path, 0o755);
      return path;
    },
  };
}
