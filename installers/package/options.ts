/** The command line of `npm run package`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkout } from './checkout.js';
import { type Platform, platforms } from './pins.js';

export interface Options {
  readonly platforms: readonly Platform[];
  /** Absolute; made when it is not there. */
  readonly output: string;
  /** The last number of the version. */
  readonly build: number;
  /** No deb, no rpm and no update bundle. */
  readonly archivesOnly: boolean;
  /** Files of Ed25519 private keys (`ksocket-update-key`), absolute. */
  readonly keys: readonly string[];
}

export const usage = `usage: npm run package -- [--platform NAME …] [--output DIR] [--build N] [--sign KEYFILE …] [--archives-only]
  --platform       ${platforms.map(({ name }) => name).join(', ')}; all of them when left out
  --output         where they go, dist-packages when left out
  --build          the last number of the version, 0 when left out
  --sign           a private key in a file, or several: signs SHA256SUMS and the update bundles
  --archives-only  no deb, no rpm, no update bundle
`;

/** @returns the sentence about what is wrong with them otherwise */
export function optionsFrom(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        platform: { type: 'string', multiple: true },
        output: { type: 'string' },
        build: { type: 'string', default: '0' },
        sign: { type: 'string', multiple: true },
        'archives-only': { type: 'boolean', default: false },
      },
    });
    const unknown = values.platform?.find((name) => !platforms.some((it) => it.name === name));
    if (unknown !== undefined) return `there is no platform ${unknown}`;
    if (!/^(?:0|[1-9]\d{0,5})$/.test(values.build)) return `--build ${values.build} is no number`;
    return {
      platforms: platforms.filter(({ name }) => values.platform?.includes(name) ?? true),
      output: resolve(checkout, values.output ?? 'dist-packages'),
      build: Number(values.build),
      archivesOnly: values['archives-only'],
      keys: (values.sign ?? []).map((path) => resolve(path)),
    };
  } catch (error) {
    return (error as Error).message;
  }
}
