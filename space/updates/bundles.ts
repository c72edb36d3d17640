/** Bundles that a space hands out. Whether one is good is for each agent to judge, by its signature; here it is a file with a name. */
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compareVersions } from '../../core/wire/versions.js';
import type { BundleTable, Database, Queries } from '../storage/schema.js';

/** What is known of a bundle before it is handed out; versions and platforms are checked by whoever read it. */
export interface NewBundle {
  readonly version: string;
  readonly platform: string;
  readonly size: number;
  readonly sha256: string;
  readonly expires: string;
}

export const bundlePath = (
  directory: string,
  { version, platform }: Pick<BundleTable, 'version' | 'platform'>,
): string => join(directory, 'updates', `${version}-${platform}.update`);

/** The file is there before the database names it. One of the same version and platform takes the place of the older. */
export async function addBundle(
  db: Database,
  directory: string,
  bundle: NewBundle,
  source: string,
  now: number,
): Promise<void> {
  const target = bundlePath(directory, bundle);
  const draft = `${target}.${process.pid}.new`;
  await mkdir(join(directory, 'updates'), { recursive: true, mode: 0o700 });
  try {
    await copyFile(source, draft);
    const file = await open(draft, 'r+');
    await file.sync();
    await file.close();
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  const { version, platform, size, sha256, expires } = bundle;
  await db
    .insertInto('bundles')
    .values({ version, platform, size, sha256, expires, added_at: now })
    .onConflict((c) => c.columns(['version', 'platform']).doUpdateSet({ size, sha256, expires, added_at: now }))
    .execute();
}

/** Newest version first. */
export async function listBundles(db: Queries): Promise<BundleTable[]> {
  const rows = await db.selectFrom('bundles').selectAll().orderBy('platform').execute();
  return rows.sort((a, b) => compareVersions(b.version, a.version));
}

export const findBundle = (db: Queries, version: string, platform: string): Promise<BundleTable | undefined> =>
  db
    .selectFrom('bundles')
    .selectAll()
    .where('version', '=', version)
    .where('platform', '=', platform)
    .executeTakeFirst();
