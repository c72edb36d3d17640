import type { Command } from './command.js';

export const explain: Command = (parser, { context, text, ends }) => {
  parser.command(
    'explain <address>',
    text([
      'Tell why an address was or was not found, matched and entered',
      'アドレスが検出・一致・ログインされた、またはされなかった理由を表示する',
    ]),
    (y) =>
      y
        .positional('address', {
          type: 'string',
          demandOption: true,
          describe: text(['Address to explain', '説明するアドレス']),
        })
        .option('probe', {
          type: 'boolean',
          default: false,
          describe: text([
            'Scan the address now; without it no packet is sent',
            '今すぐそのアドレスをスキャンする (指定しなければパケットは送らない)',
          ]),
        }),
    (argv) => ends(import('../explain.js').then((m) => m.explain(context, argv))),
  );
};
