/**
 * The program as it is installed: what tsc compiled without tests, with the libraries that it runs on. It is not bundled into one
 * file: measured, that saves a tenth of a second and 15 MB beside a runtime of 108 MB, and costs the paths by which libraries and
 * plug-ins find their files (docs/decisions/0015).
 */
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkout } from './checkout.js';
import { libraries } from './libraries.js';
import { writeLicences } from './licences.js';
import type { Platform } from './pins.js';

/** Read by the program at run time, beside dist. */
const data = ['config-schema/generated', 'space/page/assets', 'docs/man', 'LICENSE'];
/** The keys of the next releases, when this checkout has any. */
const optionalData = ['update-keys.json'];

/** Folders of dist that an installation has no use for; plug-in authors test with `ksocket/testing`, which is test/kit. */
const notShipped =
  /^(?:installers\/package|test(?!\/kit)|.*\/testing)(?:\/|$)|\.(?:test|system)\.(?:js|d\.ts)$|\.map$|\.tsbuildinfo$/;
/** Types are for those who compile against us. */
const publicTypes = /^(?:core\/contract|test\/kit)\//;

export async function makeApp(platform: Platform, version: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await copyDist(folder);
  for (const path of data.concat(optionalData)) {
    if (optionalData.includes(path) && !(await exists(join(checkout, path)))) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(join(checkout, path), join(folder, path), { recursive: true });
  }
  await writeFile(
    join(folder, 'package.json'),
    manifest(await readFile(join(checkout, 'package.json'), 'utf8'), version),
  );
  await cp(join(await libraries(platform), 'node_modules'), join(folder, 'node_modules'), { recursive: true });
  await writeLicences(platform, folder);
}

async function copyDist(folder: string): Promise<void> {
  const dist = join(checkout, 'dist');
  for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // Node 20 has the folder in `path`, its successors in `parentPath`.
    const path = join(entry.parentPath ?? entry.path, entry.name).slice(dist.length + 1);
    if (notShipped.test(path) || (path.endsWith('.d.ts') && !publicTypes.test(path))) continue;
    // A file whose source is gone is left over from another branch.
    if (path.endsWith('.js') && !(await exists(join(checkout, path.replace(/\.js$/, '.ts'))))) continue;
    const target = join(folder, 'dist', path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(dist, path), target);
  }
}

/** package.json without what only a checkout needs, and with the version of the archive. */
function manifest(text: string, version: string): string {
  const {
    devDependencies: _,
    scripts: __,
    allowScripts: ___,
    files: ____,
    ...rest
  } = JSON.parse(text) as Record<string, unknown>;
  return `${JSON.stringify({ ...rest, version }, null, 2)}\n`;
}

const exists = (path: string): Promise<boolean> =>
  readFile(path).then(
    () => true,
    () => false,
  );
