/** Who reads what, by what `uname -s` says. */
import type { Parts } from '../report/answers.js';
import { aix } from './aix.js';
import { bsd } from './bsd.js';
import { esxi } from './esxi.js';
import { hpux } from './hpux.js';
import { macos } from './macos.js';
import { solaris } from './solaris.js';
import type { Platform, Told } from './told.js';

const platforms: Readonly<Record<string, Platform>> = {
  AIX: aix,
  Darwin: macos,
  DragonFly: bsd,
  FreeBSD: bsd,
  'HP-UX': hpux,
  NetBSD: bsd,
  OpenBSD: bsd,
  SunOS: solaris,
  VMkernel: esxi,
};

/** Every section asks; the parts of a run only grow. */
const known = new WeakMap<Parts, { size: number; told: Told }>();

/** What the platform’s own commands say; nothing for Linux, whose commands all sections read themselves. */
export function platformFacts(parts: Parts): Told {
  const before = known.get(parts);
  if (before?.size === parts.size) return before.told;
  const told = read(parts);
  known.set(parts, { size: parts.size, told });
  return told;
}

function read(parts: Parts): Told {
  const system = parts.get('kernel')?.text.split('\n', 1)[0] ?? '';
  return Object.hasOwn(platforms, system) ? (platforms[system]?.(parts) ?? {}) : {};
}
