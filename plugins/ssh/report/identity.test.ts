/** Which numbers are a system's own: a guest is shown those of what it runs on, and two guests must not become one device. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Section } from 'ksocket/plugin';
import type { Part } from '../splitter.js';
import { sectionsOf } from './sections.js';

function identityOf(texts: Record<string, string>) {
  const parts = new Map(Object.entries(texts).map(([name, text]): [string, Part] => [name, { name, text, exit: 0 }]));
  const sections = [...sectionsOf({ parts, ending: 'ok' }, [])];
  return (sections.find((it) => it.name === 'identity') as Section<'identity'> | undefined)?.data ?? {};
}

const freebsd = (jailed: 0 | 1) => ({
  kernel: 'FreeBSD\n14.3-RELEASE\n#0\namd64\nweb1',
  sysctl: `kern.hostuuid: 4c4c4544-0058-4b10-8033-b7c04f4c344a\nsecurity.jail.jailed: ${jailed}`,
  kenv: 'smbios.system.maker="Dell Inc."\nsmbios.system.serial="7XK3L4J"\nsmbios.system.uuid="4c4c4544-0058-4b10-8033-b7c04f4c344a"',
});

test('a jail is not known by the numbers of its host', () => {
  assert.equal(identityOf(freebsd(0)).serial, '7XK3L4J');
  assert.equal(identityOf(freebsd(0)).machineId, '4c4c4544-0058-4b10-8033-b7c04f4c344a');
  assert.deepEqual(identityOf(freebsd(1)), {});
});

test('a partition of AIX is not known by the number of its frame', () => {
  const aix = (lpar: string) => ({
    kernel: 'AIX\n2\n7\n00F8C5A04C00\naix01',
    prtconf: `System Model: IBM,9009-42A\nMachine Serial Number: 78F5C0X\nLPAR Info: ${lpar}`,
  });
  assert.equal(identityOf(aix('-1 NULL')).serial, '78F5C0X');
  assert.equal(identityOf(aix('5 aix01')).serial, undefined);
});

test('a partition of HP-UX is known by its own number, and the whole machine by both', () => {
  const hpux = (partition: string) => ({
    kernel: 'HP-UX\nB.11.31\nU\nia64\nhp01',
    'hpux-machine': `model: ia64 hp server rx8640\nserial: SGH4600ABC\nident: Z3e09\npartition: ${partition}`,
  });
  assert.deepEqual(identityOf(hpux('Z3e09')), { serial: 'SGH4600ABC', vendor: 'HP', machineId: 'Z3e09' });
  assert.deepEqual(identityOf(hpux('Z3e09_1')), { machineId: 'Z3e09_1' });
});
