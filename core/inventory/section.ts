/** The border between a plug-in's section and the core: cleaned, checked against its schema, cut to pieces that fit a record. */
import { failure, type Section, type SectionName, sectionSchemas } from '../contract/index.js';
import { clean } from './clean.js';

/** @throws Failure E_PLUGIN when the section is not what its schema says; the message names the field. */
export function checkSection(section: Section): Section {
  const { value, cut } = clean(section.data);
  const known = Object.hasOwn(sectionSchemas, section.name) ? sectionSchemas[section.name as SectionName] : undefined;
  if (known === undefined && !section.name.startsWith('x.')) {
    throw failure(
      'E_PLUGIN',
      `section ${JSON.stringify(section.name)} has no schema; in-house sections are named x.<plug-in>`,
    );
  }
  const parsed = known?.safeParse(value);
  if (parsed && !parsed.success) {
    const issue = parsed.error.issues[0];
    throw failure(
      'E_PLUGIN',
      `section ${section.name}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`,
    );
  }
  return {
    name: section.name,
    data: (parsed?.data ?? value) as Section['data'],
    state: cut && section.state === 'ok' ? 'truncated' : section.state,
    ...(section.missing?.length ? { missing: section.missing } : {}),
  };
}

export interface Piece {
  readonly section: Section;
  /** Of its data as JSON. */
  readonly bytes: number;
}

/**
 * Cuts a section whose JSON is larger than `maxBytes` along its longest list, so that each piece fits. The pieces are parts
 * of one section for whoever merges them.
 */
export function* splitSection(section: Section, maxBytes = 256 * 1024): Generator<Piece> {
  const bytes = Buffer.byteLength(JSON.stringify(section.data));
  const lists = Object.entries(section.data).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const longest = lists.sort((a, b) => b[1].length - a[1].length)[0];
  if (bytes <= maxBytes || longest === undefined || longest[1].length < 2) {
    yield { section, bytes };
    return;
  }
  const [name, items] = longest;
  const half = Math.ceil(items.length / 2);
  yield* splitSection(
    { ...section, data: { ...section.data, [name]: items.slice(0, half) } as Section['data'] },
    maxBytes,
  );
  yield* splitSection(
    { name: section.name, state: section.state, data: { [name]: items.slice(half) } as Section['data'] },
    maxBytes,
  );
}
