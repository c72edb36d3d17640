import type { Command } from './command.js';

export const connect: Command = (parser, { context, text, ends }) => {
  parser.command(
    'connect',
    text(['Attach this agent to its space and work for it', 'スペースに接続してオペレーションを実行する']),
    (y) => y,
    (argv) => ends(import('../connect.js').then((m) => m.connect(context, argv))),
  );
};
