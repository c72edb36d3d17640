/** `ksocket space update …`: versions of the agent that a space offers to its slots. */

import { failure } from '../core/contract/index.js';
import { digestOf, openBundle } from '../core/update/index.js';
import { type Context, UsageError } from './context.js';
import { type SpaceOptions, withSpace } from './space.js';
import { renderTable } from './table.js';

/** The signature is for the agents to judge; that the file is whole is seen to here, before any of them fetches it. */
export const add = (context: Context, argv: SpaceOptions & { bundle: string }) =>
  withSpace(context, argv, async (space) => {
    const bundle = await openBundle(argv.bundle);
    try {
      await bundle.verifyPayload();
      const { version, platform, expires } = bundle.head.manifest;
      if (bundle.head.signatures.length === 0)
        throw failure('E_UPDATE', `${argv.bundle} is not signed`, { remedy: 'ksocket update sign' });
      await space.addBundle({ version, platform, expires, ...(await digestOf(argv.bundle)) }, argv.bundle);
      return { report: { version, platform, expires }, text: `${version} ${platform}` };
    } finally {
      await bundle.close();
    }
  });

type OfferOptions = SpaceOptions & {
  readonly release: string;
  readonly slots?: string[] | undefined;
  readonly percent?: number | undefined;
};

export const offer = (context: Context, argv: OfferOptions) => {
  const { release, slots, percent } = argv;
  if (slots !== undefined && percent !== undefined) throw new UsageError('name --slots or --percent, not both');
  if (percent !== undefined && !(percent > 0 && percent <= 100))
    throw new UsageError('--percent is above 0, up to 100');
  return withSpace(context, argv, async (space) => {
    const offered = await space.offerVersion(release, { slots, percent });
    const rows = offered.map(({ slot, result, reason = '' }) => [slot, result, reason]);
    return { report: { version: release, slots: offered }, text: table(['slot', 'result', ''], rows) };
  });
};

export const halt = (context: Context, argv: SpaceOptions & { release: string }) =>
  withSpace(context, argv, async (space) => {
    const halted = await space.haltVersion(argv.release);
    return { report: { version: argv.release, halted }, text: `${halted}` };
  });

export const list = (context: Context, argv: SpaceOptions) =>
  withSpace(context, argv, async (space) => {
    const { bundles, offers } = await space.updates();
    const files = bundles.map(({ version, platform, size, expires }) => ({ version, platform, size, expires }));
    const text = [
      table(
        ['version', 'platform', 'bytes', 'until'],
        files.map(({ version, platform, size, expires }) => [version, platform, `${size}`, expires.slice(0, 10)]),
      ),
      table(
        ['slot', 'runs', 'offered', 'state', ''],
        offers.map((it) => [it.slot, it.agent ?? '', it.version, it.state, it.reason ?? '']),
      ),
    ].join('\n');
    return { report: { bundles: files, offers }, text };
  });

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  renderTable(
    titles.map((title) => ({ title })),
    rows.map((row) => row.map(plain)),
  );

/** Agents may say anything; a terminal obeys control characters. */
const plain = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ').slice(0, 300);
