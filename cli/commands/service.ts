import type { Command } from './command.js';

export const service: Command = (parser, { context, text, ends }) => {
  const load = () => import('../service/index.js');
  parser.command(
    'service',
    text(['The service of this machine that runs the agent', 'Ksocket サービスを管理する']),
    (y) =>
      y
        .command(
          'install',
          text(['Install the service and start it', 'サービスをインストールして開始する']),
          (o) =>
            o.option('user', {
              type: 'string',
              requiresArg: true,
              describe: text([
                'Account that it runs as; by default ksocket, which is made for it',
                'サービスの実行ユーザー (既定は専用に作成する ksocket)',
              ]),
            }),
          (argv) => ends(load().then((m) => m.install(context, argv))),
        )
        .command(
          'uninstall',
          text(['Stop the service and remove it', 'サービスを停止してアンインストールする']),
          (o) => o,
          (argv) => ends(load().then((m) => m.uninstall(context, argv))),
        )
        .command(
          'status',
          text([
            'Print missing, running, stopped or processing',
            '状態 (missing, running, stopped, processing) を表示する',
          ]),
          (o) => o,
          (argv) => ends(load().then((m) => m.status(context, argv))),
        )
        .command(
          'start',
          text(['Start the service', 'サービスを開始する']),
          (o) => o,
          (argv) => ends(load().then((m) => m.start(context, argv))),
        )
        .command(
          'stop',
          text(['Stop the service', 'サービスを停止する']),
          (o) => o,
          (argv) => ends(load().then((m) => m.stop(context, argv))),
        )
        .command(
          'restart',
          text(['Restart the service, or start it', 'サービスを再起動する']),
          (o) => o,
          (argv) => ends(load().then((m) => m.restart(context, argv))),
        )
        .demandCommand(
          1,
          text([
            'Say what to do with the service: install, uninstall, status, start, stop, restart',
            'install、uninstall、status、start、stop、restart のいずれかを指定してください',
          ]),
        ),
  );
};
