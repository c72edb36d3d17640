/** One run of the script as the sections of the contract. Pure: what the fixtures are tested with. */
import { type Completeness, type Section, type SectionName, section } from 'ksocket/plugin';
import type { Answers } from '../run.js';
import { platformFacts } from '../unixes/index.js';
import { completed } from '../unixes/told.js';
import { hardwareSection } from './hardware.js';
import { identitySection } from './identity.js';
import { networkSection } from './network.js';
import { osSection } from './os.js';
import { securitySection } from './security.js';
import { softwareSection } from './software.js';

/** The last part of the script that a section needs: when it is there, an early end took nothing from the section. */
const lastPart: Record<'os' | 'identity' | 'hardware' | 'network' | 'software' | 'security', readonly string[]> = {
  network: ['resolver'],
  os: ['zone'],
  identity: ['dmi', 'sysctl'],
  hardware: ['df', 'sysctl'],
  software: [],
  security: [],
};

export function* sectionsOf(answers: Answers, hostKeys: readonly string[]): Generator<Section> {
  if (!answers.parts.has('kernel')) return yield* nothingSaid(answers.ending, hostKeys);
  const platform = platformFacts(answers.parts);
  for (const section of [
    osSection(answers),
    identitySection(answers, hostKeys),
    hardwareSection(answers),
    networkSection(answers),
    softwareSection(answers),
    securitySection(answers),
  ]) {
    const it = completed(section, platform);
    const reached = lastPart[it.name as keyof typeof lastPart].some(
      (name) => (answers.parts.get(name)?.exit ?? -1) >= 0,
    );
    // A tool is missing only where it was looked for.
    const isCut = answers.ending !== 'ok' && !reached && (it.state === 'ok' || it.state === 'tool-missing');
    yield isCut ? { ...it, state: answers.ending } : it;
  }
}

/** A host without a POSIX shell, or one that said nothing in time: that it is there, and which key it has, is still known. */
export function* nothingSaid(state: Completeness, hostKeys: readonly string[]): Generator<Section> {
  if (hostKeys.length > 0) yield section('identity', { hostKeys: [...hostKeys].sort() });
  const rest: SectionName[] = ['os', 'hardware', 'network', 'software', 'security'];
  for (const name of rest) yield section(name, {}, { state });
}
