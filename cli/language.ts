/** English or Japanese: `--lang`, else the locale of the environment. */

export type Language = 'en' | 'ja';

export function languageOf(args: readonly string[], env: NodeJS.ProcessEnv): Language {
  const at = args.findIndex((arg) => arg === '--lang' || arg.startsWith('--lang='));
  const asked =
    at < 0 ? undefined : args[at]!.includes('=') ? args[at]!.slice(args[at]!.indexOf('=') + 1) : args[at + 1];
  // POSIX: LC_ALL wins over LC_MESSAGES, that over LANG.
  const locale = asked ?? env.LC_ALL ?? env.LC_MESSAGES ?? env.LANG ?? '';
  return locale.toLowerCase().startsWith('ja') ? 'ja' : 'en';
}

/** A sentence in both languages. */
export type Text = readonly [en: string, ja: string];

export const say = (language: Language, [en, ja]: Text): string => (language === 'ja' ? ja : en);
