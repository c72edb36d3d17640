/** `ksocket diagnostics system`: is everything here that the agent is made of, and does it work on this machine? */
import { createHash } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { type Step, Trouble } from '../checklist.js';
import type { Examination } from './examination.js';
import { libraries, ownManifest } from './libraries.js';

/** Nothing here depends on anything else of it, so one look shows all that is missing. */
export async function system(examination: Examination): Promise<void> {
  const manifest = ownManifest();
  const needed = manifest.engines?.node ?? '';
  const node: Step = {
    title: 'node',
    run() {
      const { node: version } = process.versions;
      if (isOlder(version, needed)) {
        throw new Trouble(
          [`Node.js ${version} is too old`, `Node.js ${version} は古すぎます`],
          [`install Node.js ${needed}`, `Node.js ${needed} をインストールしてください`],
        );
      }
      return { detail: version };
    },
  };
  const ssl: Step = {
    title: 'ssl',
    run() {
      createSecureContext({ minVersion: 'TLSv1.2' });
      createHash('sha256').update('').digest();
      return { detail: `OpenSSL ${process.versions.openssl}` };
    },
  };
  await examination.block([node, ssl, ...libraries(manifest)], { independent: true });
}

/** @param range `>=20.11.0`, the only form that package.json has */
export function isOlder(version: string, range: string): boolean {
  const [have, need] = [version, range].map((text) => (text.match(/\d+/g) ?? []).map(Number));
  const at = need!.findIndex((part, i) => part !== (have![i] ?? 0));
  return at >= 0 && (have![at] ?? 0) < need![at]!;
}
