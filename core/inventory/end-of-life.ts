/**
 * Until when the maker of an operating system mends it, from a table that comes with the program: a network that is to be
 * inventoried has often no way to ask the makers. A release that the table does not know is unknown, not supported.
 */
import { createRequire } from 'node:module';
import type { SectionData } from '../contract/index.js';
import type endOfLife from './data/end-of-life.json';

type EndOfLife = NonNullable<SectionData['os']['endOfLife']>;

interface Product {
  readonly ids: readonly string[];
  readonly exact?: boolean;
  readonly releases: Readonly<Record<string, readonly string[] | undefined>>;
}

let products: ReadonlyMap<string, Product> | undefined;
let source = '';

function productOf(id: string): Product | undefined {
  if (products === undefined) {
    const file = createRequire(import.meta.url)('./data/end-of-life.json') as typeof endOfLife;
    source = `endoflife.date and distro-info-data, ${file.asOf}`;
    products = new Map((file.products as readonly Product[]).flatMap((it) => it.ids.map((name) => [name, it])));
  }
  return products.get(id);
}

/** By ID of os-release, or by the family where there is none, and the version: `debian` `12`, `FreeBSD` `14.3-RELEASE-p2`. */
export function endOfLifeOf(os: SectionData['os']): EndOfLife | undefined {
  const product = productOf((os.id ?? os.family ?? '').toLowerCase());
  // Builds and patch levels stand behind a hyphen or blank: `14.3-RELEASE-p2`, `12 (bookworm)`.
  const version = os.version?.split(/[-\s]/, 1)[0];
  // Without its name the version of a Mac is that of its kernel, which counts otherwise.
  if (os.family === 'Darwin' && !os.name?.startsWith('mac')) return undefined;
  // CentOS Stream is not the CentOS whose number it carries, and ends on other days.
  if (product === undefined || !version || os.name?.includes('Stream')) return undefined;
  const parts = version.split('.').slice(0, 4);
  for (let length = parts.length; length > 0; length--) {
    const release = parts.slice(0, length).join('.');
    const [date, extended] = (Object.hasOwn(product.releases, release) && product.releases[release]) || [];
    if (date !== undefined) return { date, ...(extended === undefined ? {} : { extended }), source };
    if (product.exact && length <= 2) return undefined;
  }
  return undefined;
}
