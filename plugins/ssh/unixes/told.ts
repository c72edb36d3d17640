/** What a platform’s own commands add to the sections that any Unix fills. */
import type { Section, SectionData } from 'ksocket/plugin';
import type { Parts } from '../report/answers.js';

/** Only what was read; a section, or a field of it, that is absent here is left as it was. */
export interface Told {
  readonly os?: SectionData['os'] | undefined;
  readonly identity?: SectionData['identity'] | undefined;
  readonly hardware?: SectionData['hardware'] | undefined;
  readonly network?: SectionData['network'] | undefined;
  readonly software?: SectionData['software'] | undefined;
  readonly security?: SectionData['security'] | undefined;
}

/** By what `uname -s` says. */
export type Platform = (parts: Parts) => Told;

/** `more` over `section`: a platform’s own command knows its subject better, and what it has read is missing no more. */
export function completed(section: Section, more: Told): Section {
  const own = more[section.name as keyof Told] as Record<string, unknown> | undefined;
  if (own === undefined || Object.keys(own).length === 0) return section;
  const data: Record<string, unknown> = { ...section.data };
  for (const [name, value] of Object.entries(own)) {
    const before = data[name];
    const both = isRecord(before) && isRecord(value);
    if (value !== undefined) data[name] = both ? { ...before, ...defined(value) } : value;
  }
  const missing = section.missing?.filter((it) => !isThere(data, it.field));
  return {
    name: section.name,
    data,
    state: section.state === 'unsupported' || section.state === 'tool-missing' ? 'ok' : section.state,
    ...(missing !== undefined && missing.length > 0 && { missing }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function defined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, it]) => it !== undefined));
}

function isThere(data: Record<string, unknown>, field: string): boolean {
  let value: unknown = data;
  for (const name of field.split('.')) value = isRecord(value) ? value[name] : undefined;
  return value !== undefined;
}
