/** Versions as they stand in the names of archives: two to four numbers, compared number by number. */
import { z } from 'zod';

export const versionText = z
  .string()
  .max(32)
  .regex(/^(?:0|[1-9]\d{0,5})(?:\.(?:0|[1-9]\d{0,5})){1,3}$/, 'is no version; it looks like 3.1.0');

/** Negative when `a` is older than `b`. A number that is left out is 0: 3.1 and 3.1.0 are one version. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let at = 0; at < 4; at += 1) {
    const difference = (left![at] ?? 0) - (right![at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What a bundle is built for. */
export const platforms = ['linux-x86_64', 'linux-aarch64', 'linux-armv7l', 'windows-x86_64'] as const;
export type Platform = (typeof platforms)[number];

const byNode: Readonly<Record<string, Platform>> = {
  'linux x64': 'linux-x86_64',
  'linux arm64': 'linux-aarch64',
  'linux arm': 'linux-armv7l',
  'win32 x64': 'windows-x86_64',
};

/** @param os platform and architecture in Node's words, as an agent says them in `hello` (`linux x64`). */
export const platformOf = (os = `${process.platform} ${process.arch}`): Platform | undefined => byNode[os];
