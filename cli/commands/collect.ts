import type { Command } from './command.js';

export const collect: Command = (parser, { context, text, ends }) => {
  parser.command(
    'collect <address>',
    text(['Show everything that one host gives', '1 台のホストから得られる情報をすべて表示する']),
    (y) =>
      y.positional('address', {
        type: 'string',
        demandOption: true,
        describe: text(['Address of the host', 'ホストのアドレス']),
      }),
    (argv) => ends(import('../collect.js').then((m) => m.collect(context, argv))),
  );
};
