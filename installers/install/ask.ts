/** The questions of ksinstall on a terminal. An answer that the settings file would refuse is refused here, in the same words. */
import { confirm, intro, isCancel, note, outro, password, select, text } from '@clack/prompts';
import { type Language, say, type Text } from '../../cli/language.js';
import { scanModes } from '../../config-schema/index.js';
import { asked, readWord, wrongDirectory, wrongWith } from './wishes.js';

/** Ctrl-C or Esc at a question. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

export const cancelledText: Text = ['cancelled; nothing was changed', '中止しました。何も変更していません'];

const usualColumns = 80;

function answered<T>(answer: T | symbol): T {
  if (isCancel(answer)) throw new Cancelled();
  return answer as T;
}

export function questions(language: Language) {
  const t = (words: Text): string => say(language, words);
  // A serial console does not know its width and says 0: every letter would stand on a line of its own.
  if (process.stdout.columns === 0) process.stdout.columns = usualColumns;
  return {
    greet: (version: string) => intro(t([`Ksocket ${version} installer`, `Ksocket ${version} インストーラー`])),

    async directory(initialValue: string): Promise<string> {
      return answered(
        await text({
          message: t(['Install directory', 'インストール先']),
          initialValue,
          validate: (word) => wrongDirectory(word ?? ''),
        }),
      );
    },

    async host(initialValue: string | undefined): Promise<string> {
      return answered(
        await text({
          message: t(['Host (of your space)', 'Host (スペースのホスト名)']),
          placeholder: 'myspace.example.com',
          ...(initialValue === undefined ? {} : { initialValue }),
          validate: (word) =>
            (word ?? '').trim() === ''
              ? t(['name the host of your space', 'スペースのホスト名を入力してください'])
              : wrongWith(asked.host, readWord(asked.host, word)),
        }),
      );
    },

    /** @param kept there is one already: an empty answer keeps it */
    async token(kept: boolean): Promise<string | undefined> {
      const answer = await password({
        message: kept
          ? t(['Token (empty: keep the one that is there)', 'Token (空欄: 現在のトークンを維持する)'])
          : t(['Token', 'Token']),
        mask: '*',
        validate: (word) => {
          const bare = (word ?? '').trim();
          if (bare === '')
            return kept ? undefined : t(['paste the token of the slot', 'スロットのトークンを入力してください']);
          return wrongWith(asked.token, bare);
        },
      });
      return (answered(answer) ?? '').trim() || undefined;
    },

    async mode(initialValue: string): Promise<string> {
      const hints: Record<(typeof scanModes)[number], Text> = {
        intranet: ['networks of your own', '社内ネットワーク等のローカルネットワーク'],
        azure: ['virtual machines on Azure, by its API', 'Azure VM を API 経由でスキャン'],
        aws: ['EC2 instances on AWS, by its API', 'EC2 インスタンスを API 経由でスキャン'],
      };
      const options = scanModes.map((value) => ({ value: value as string, hint: t(hints[value]) }));
      return answered(await select({ message: t(['Scan mode', 'Scan mode (スキャンモード)']), options, initialValue }));
    },

    async agree(summary: string): Promise<void> {
      note(summary, t(['What will be done', '実行内容']));
      const yes = answered(await confirm({ message: t(['Install?', 'インストールしますか?']) }));
      if (!yes) throw new Cancelled();
    },

    part: () => outro(''),
  };
}

export type Questions = ReturnType<typeof questions>;
