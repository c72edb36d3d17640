/** What a Windows archive has besides the slot: three small programs by Debian's MinGW-w64 (what each is for says its source), and NSSM. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from './checkout.js';
import { command } from './command.js';
import type { WindowsPlatform } from './pins.js';
import { fetchPackage } from './registry.js';

const source = join(checkout, 'installers', 'windows');

/** @param stage the archive's top; its payload is there already */
export async function addWindowsPrograms({ nssm }: WindowsPlatform, work: string, stage: string): Promise<void> {
  const resources = join(work, 'ksinstall.res');
  await command('x86_64-w64-mingw32-windres', ['ksinstall.rc', '--output-format=coff', '-o', resources], {
    cwd: source,
  });
  await compile('ksinstall', stage, [resources]);
  await compile('shortcut', join(stage, 'payload'), ['-lole32', '-luuid']);
  const beside = join(stage, 'payload', 'launcher', 'usr', 'lib', 'ksocket');
  await mkdir(beside, { recursive: true });
  await compile('ksservice', beside);
  await copyFile(join(await fetchPackage(nssm), 'nssm.exe'), join(beside, 'nssm.exe'));
}

/** Also for tests, which run it under wine. */
export async function compile(name: string, folder: string, more: readonly string[] = []): Promise<void> {
  const options = ['-Os', '-s', '-Wall', '-Werror', '-municode', '-static', '-Wl,--no-insert-timestamp'];
  const target = join(folder, `${name}.exe`);
  await command('x86_64-w64-mingw32-gcc', [...options, `${name}.c`, ...more, '-o', target], { cwd: source });
}
