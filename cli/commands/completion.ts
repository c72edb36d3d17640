import type { Command } from './command.js';

export const completion: Command = (parser, { context, text, ends }) => {
  parser.command(
    'completion [shell]',
    text(['Print the completion script of a shell', 'シェルの補完スクリプトを出力する']),
    (y) =>
      y.positional('shell', {
        choices: ['bash', 'zsh'] as const,
        describe: text(['The shell; without it that of SHELL', 'シェル (省略時は SHELL のもの)']),
      }),
    (argv) => ends(import('../completion.js').then((m) => m.completion(context, argv))),
  );
};
