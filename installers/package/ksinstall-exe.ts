/** ksinstall.exe, by Debian's MinGW-w64: 20 kB that start the installer on the bundled runtime, elevated. */
import { join } from 'node:path';
import { checkout } from './checkout.js';
import { command } from './command.js';

export async function makeInstallerProgram(work: string, target: string): Promise<void> {
  const source = join(checkout, 'installers', 'windows');
  const resources = join(work, 'ksinstall.res');
  await command('x86_64-w64-mingw32-windres', ['ksinstall.rc', '--output-format=coff', '-o', resources], {
    cwd: source,
  });
  await command(
    'x86_64-w64-mingw32-gcc',
    [
      '-Os',
      '-s',
      '-Wall',
      '-Werror',
      '-municode',
      '-static',
      '-Wl,--no-insert-timestamp',
      'ksinstall.c',
      resources,
      '-o',
      target,
    ],
    { cwd: source },
  );
}
