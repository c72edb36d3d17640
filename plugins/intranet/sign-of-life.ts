/** What a sighting proves of this very host, and what it could owe to somebody who answers for it. */
import type { Sighting } from 'ksocket/plugin';

/** What was heard, without when and from which of the ports. */
export const wordsOf = ({ evidence }: Sighting): string[] =>
  evidence.filter((it) => it.answer !== 'silent').map((it) => `${it.probe} ${it.answer}`);

/** A MAC address and nothing else. */
export function isBare(it: Sighting): boolean {
  const words = wordsOf(it).filter((word) => !word.endsWith(' duplicate-mac'));
  return it.mac !== undefined && words.length <= 1 && !it.services?.length && !it.names?.length;
}

/** Something that only this host can have said. */
export function isIndividual({ services, names }: Sighting): boolean {
  return (names?.length ?? 0) > 0 || (services ?? []).some((it) => it.banner ?? it.certificate);
}

/** The sighting of an address for which somebody else answers, as far as one knows: nothing is known of it. */
export function standsIn(it: Sighting): Sighting {
  const probe = it.evidence[0]?.probe ?? 'look';
  return { ...it, alive: 'unknown', evidence: [...it.evidence, { probe, answer: 'answered-like-all' }] };
}
