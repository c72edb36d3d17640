import type { Command } from './command.js';
import { spaceUpdate } from './space-update.js';

export const space: Command = (parser, frame) => {
  const { context, text, ends } = frame;
  const load = () => import('../space.js');
  const nameOne = text(['Name a command of ksocket space', 'ksocket space のコマンドを指定してください']);
  const slotId = text(['Name or id of the slot', 'スロットの名前または ID']);
  parser.command('space', text(['The self-hosted space', '自前で動かすスペース']), (y) =>
    spaceUpdate(
      y.option('directory', {
        type: 'string',
        requiresArg: true,
        describe: text(['Folder of the database', 'データベースのフォルダー']),
      }),
      frame,
    )
      .command(
        'serve',
        text(['Serve agents, page and API', 'エージェント、画面、API を提供する']),
        (o) =>
          o
            .option('host', {
              type: 'string',
              default: '127.0.0.1',
              requiresArg: true,
              describe: text(['Address to listen on', '待ち受けアドレス']),
            })
            .option('port', {
              type: 'number',
              default: 8080,
              requiresArg: true,
              describe: text(['Port to listen on', '待ち受けポート']),
            }),
        (argv) => ends(load().then((m) => m.serve(context, argv))),
      )
      .command('slot', text(['Slots, one for each agent', 'スロット (エージェントごとに 1 つ)']), (s) =>
        s
          .command(
            'add <name>',
            text(['Add a slot for one agent', 'エージェント用スロットを追加する']),
            (o) =>
              o.positional('name', {
                type: 'string',
                demandOption: true,
                describe: text(['Name of the new slot', '新しいスロットの名前']),
              }),
            (argv) => ends(load().then((m) => m.addSlot(context, argv))),
          )
          .demandCommand(1, nameOne),
      )
      .command('token', text(['Tokens, by which agents are let in', 'トークン (エージェントの接続許可)']), (s) =>
        s
          .command(
            'issue <slot>',
            text(['Issue a token; it is shown once', 'トークンを発行する (表示は一度だけ)']),
            (o) =>
              o.positional('slot', { type: 'string', demandOption: true, describe: slotId }).option('expires', {
                type: 'string',
                requiresArg: true,
                describe: text(['Date on which it expires', '有効期限 (日付)']),
              }),
            (argv) => ends(load().then((m) => m.issueToken(context, argv))),
          )
          .demandCommand(1, nameOne),
      )
      .command('network', text(['Networks, which slots scan', 'ネットワーク (スロットがスキャンする対象)']), (s) =>
        s
          .command(
            'add <name> <slot>',
            text(['Add a network that a slot scans', 'スロットがスキャンするネットワークを追加する']),
            (o) =>
              o
                .positional('name', {
                  type: 'string',
                  demandOption: true,
                  describe: text(['Name of the new network', '新しいネットワークの名前']),
                })
                .positional('slot', { type: 'string', demandOption: true, describe: slotId })
                .option('start', {
                  type: 'string',
                  array: true,
                  requiresArg: true,
                  describe: text(['Start addresses', '開始アドレス']),
                })
                .option('allow', {
                  type: 'string',
                  array: true,
                  requiresArg: true,
                  describe: text(['Allowed networks', '許可するネットワーク']),
                })
                .option('deny', {
                  type: 'string',
                  array: true,
                  requiresArg: true,
                  describe: text(['Forbidden networks', '禁止するネットワーク']),
                }),
            (argv) => ends(load().then((m) => m.addNetwork(context, argv))),
          )
          .demandCommand(1, nameOne),
      )
      .command(
        'scan <network>',
        text(['Order a scan of a network', 'ネットワークのスキャンを実行する']),
        (o) =>
          o.positional('network', {
            type: 'string',
            demandOption: true,
            describe: text(['Name or id of the network', 'ネットワークの名前または ID']),
          }),
        (argv) => ends(load().then((m) => m.startScan(context, argv))),
      )
      .demandCommand(1, nameOne),
  );
};
