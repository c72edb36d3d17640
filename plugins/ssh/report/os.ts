/** The os section. */
import { type Section, section } from 'ksocket/plugin';
import { bootTime, distribution, fqdn, installDate, kernel, locale, swVers, timezone } from '../parse/os.js';
import { keyValues, present } from '../parse/text.js';
import type { Answers } from '../run.js';
import { answered, textOf } from './answers.js';

export function osSection({ parts }: Answers): Section<'os'> {
  const release = `${textOf(parts, 'release')}\n${textOf(parts, 'older-release')}`;
  const boot = answered(parts, 'boot') ?? keyValues(textOf(parts, 'sysctl')).get('kern.boottime') ?? '';
  return section('os', {
    ...kernel(textOf(parts, 'kernel')),
    ...distribution(release),
    ...(parts.has('sw-vers') && swVers(textOf(parts, 'sw-vers'))),
    ...present({
      fqdn: fqdn(textOf(parts, 'fqdn')),
      bootTime: bootTime(boot),
      installDate: installDate(textOf(parts, 'installed')),
      locale: locale(textOf(parts, 'locale')),
      timezone: timezone(textOf(parts, 'zone'), release),
    }),
  });
}
