import type { Command } from './command.js';

export const hostkeys: Command = (parser, { context, text, ends }) => {
  const load = () => import('../hostkeys.js');
  const address = {
    type: 'string',
    demandOption: true,
    describe: text(['Address, or [address]:port', 'アドレス、または [アドレス]:ポート']),
  } as const;
  parser.command('hostkeys', text(['Keys by which hosts prove who they are', 'ホストの本人確認に使うホスト鍵']), (y) =>
    y
      .command(
        'list',
        text([
          'List known and refused keys with their fingerprints',
          '既知の鍵と拒否した鍵をフィンガープリント付きで一覧する',
        ]),
        (o) => o,
        (argv) => ends(load().then((m) => m.listHostKeys(context, argv))),
      )
      .command(
        'import <file>',
        text(['Add the keys of a known_hosts file of OpenSSH', 'OpenSSH の known_hosts ファイルの鍵を追加する']),
        (o) =>
          o.positional('file', {
            type: 'string',
            demandOption: true,
            describe: text(['The file, such as ~/.ssh/known_hosts', 'ファイル (例: ~/.ssh/known_hosts)']),
          }),
        (argv) => ends(load().then((m) => m.importHostKeys(context, argv))),
      )
      .command(
        'approve <address>',
        text(['Accept the changed key that a host has shown', 'ホストが示した、変更後の鍵を承認する']),
        (o) =>
          o.positional('address', address).option('fingerprint', {
            type: 'string',
            requiresArg: true,
            describe: text([
              'Accept it only when it is this one (SHA256:…)',
              'このフィンガープリント (SHA256:…) の場合だけ承認する',
            ]),
          }),
        (argv) => ends(load().then((m) => m.approveHostKeys(context, argv))),
      )
      .command(
        'forget <address>',
        text(['Forget the keys of a host', 'ホストの鍵を忘れる']),
        (o) => o.positional('address', address),
        (argv) => ends(load().then((m) => m.forgetHostKeys(context, argv))),
      )
      .demandCommand(1, text(['Name a command of ksocket hostkeys', 'ksocket hostkeys のコマンドを指定してください'])),
  );
};
