/** The software section: every package manager that answers. */
import { type Missing, type Section, section } from 'ksocket/plugin';
import { apk, dpkg, opkg, type Package, pacman, pkg, rpm } from '../parse/packages.js';
import type { Answers } from '../run.js';
import { answered, stateOf } from './answers.js';

const managers: Record<string, (text: string) => Package[]> = { dpkg, rpm, apk, pacman, opkg, pkg };

export function softwareSection(answers: Answers): Section<'software'> {
  const asked = Object.entries(managers).filter(([name]) => answers.parts.has(name));
  if (asked.length === 0) {
    const onLinux = (answers.parts.get('kernel')?.text ?? '').startsWith('Linux\n');
    const state = answers.ending !== 'ok' ? answers.ending : onLinux ? 'tool-missing' : 'unsupported';
    return section('software', {}, { state });
  }
  const missing: Missing[] = asked.flatMap(([name]) => {
    const state = stateOf(answers, name);
    return state === 'ok' ? [] : [{ field: 'packages', state, reason: name }];
  });
  const packages = asked.flatMap(([name, parse]) => parse(answered(answers.parts, name) ?? ''));
  const state = missing[0]?.state ?? (answers.ending === 'ok' ? 'ok' : answers.ending);
  return section('software', packages.length > 0 || state === 'ok' ? { packages } : {}, { state, missing });
}
