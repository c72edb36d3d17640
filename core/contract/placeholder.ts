/**
 * What stands in a field that nobody filled in. Such a text is neither a serial number nor a model: thousands of machines share
 * it, and whoever recognises devices by it merges strangers.
 */
import { createRequire } from 'node:module';
import type placeholders from './data/placeholders.json';

interface Table {
  readonly texts: ReadonlySet<string>;
  readonly uuids: ReadonlySet<string>;
}

let made: Table | undefined;

/** By require, because an import of JSON makes Node 20 print a warning. */
function table(): Table {
  if (made === undefined) {
    const { texts, uuids } = createRequire(import.meta.url)('./data/placeholders.json') as typeof placeholders;
    made = { texts: new Set(texts), uuids: new Set(uuids) };
  }
  return made;
}

/** Zeros, dots, blanks or one letter over and over, also with separators between: `0000000000`, `........`, `00-00-00`. */
function isOneCharacter(text: string): boolean {
  return new Set(text.replace(/[\s.:_-]/g, '')).size <= 1;
}

/** True for what a maker leaves where a serial number, an asset tag or a model should be: "To be filled by O.E.M.", zeros. */
export function isPlaceholder(text: string): boolean {
  const value = text.trim().toLowerCase();
  return isOneCharacter(value) || table().texts.has(value) || isPlaceholderUuid(value);
}

/** True for an SMBIOS UUID that boards of many makers share, in any case of letters. */
export function isPlaceholderUuid(text: string): boolean {
  const uuid = text.trim().toLowerCase();
  return isOneCharacter(uuid) || table().uuids.has(uuid);
}

/** The text without the blanks around it, or undefined for a placeholder. */
export function filledIn(text: string | undefined): string | undefined {
  const value = text?.trim();
  return value === undefined || isPlaceholder(value) ? undefined : value;
}
