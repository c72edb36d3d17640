/** What a migration did, or would do, to one setting or file: a line for the operator, and the same as data. */
import { type Language, say, type Text } from '../../cli/language.js';

/**
 * `taken` as it was; `changed` on the way; `left out`, because it has no use here; `to do`: something that only the operator can do.
 */
export type ChangeKind = 'taken' | 'changed' | 'left out' | 'to do';

export interface Change {
  readonly kind: ChangeKind;
  /** A setting (`connect.host`) or a file below etc/ksocket (`credentials/ssh/00_common.toml`). */
  readonly what: string;
  readonly text: Text;
}

const width = Math.max(...(['taken', 'changed', 'left out', 'to do'] as const).map((kind) => kind.length));

export function changeLines(changes: readonly Change[], language: Language): string {
  return changes.map((it) => `  ${it.kind.padEnd(width)}  ${it.what}: ${say(language, it.text)}\n`).join('');
}

export const changeData = (changes: readonly Change[], language: Language) =>
  changes.map(({ kind, what, text }) => ({ kind, what, text: say(language, text) }));
