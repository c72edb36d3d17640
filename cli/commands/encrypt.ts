import type { Argv } from 'yargs';
import type { Command, Frame } from './command.js';

const withFiles = <T>(parser: Argv<T>, { text }: Frame) =>
  parser
    .positional('files', {
      type: 'string',
      array: true,
      describe: text(['Credential files', '接続情報ファイル']),
    })
    .option('collector', {
      type: 'string',
      requiresArg: true,
      describe: text([
        'What the files are for, where they are not in its folder: ssh, snmp',
        'ファイルの接続方式 (所定のフォルダー外にある場合): ssh、snmp',
      ]),
    });

export const encrypt: Command = (parser, frame) => {
  const { context, text, ends } = frame;
  parser.command(
    'encrypt [files..]',
    text([
      'Encrypt the secrets in credential files, for their includes and excludes only',
      '接続情報ファイルの認証情報を暗号化する (includes と excludes に結び付けられる)',
    ]),
    (y) =>
      withFiles(y, frame)
        .option('new-key', {
          type: 'boolean',
          default: false,
          describe: text([
            'Make a new key, and encrypt with it what is encrypted: these files, or all',
            '新しい鍵を作り、暗号化済みの項目を暗号化し直す (ファイルの指定がなければすべて)',
          ]),
        })
        .option('forget-old-keys', {
          type: 'boolean',
          default: false,
          describe: text([
            'Forget the earlier keys, once nothing in the folder of credential files needs them',
            '以前の鍵を削除する (接続情報フォルダー内で使われていない場合のみ)',
          ]),
        }),
    (argv) => ends(import('../encrypt.js').then((m) => m.encrypt(context, argv))),
  );
};

export const decrypt: Command = (parser, frame) => {
  const { context, text, ends } = frame;
  parser.command(
    'decrypt [files..]',
    text(['Write the secrets in credential files in clear text again', '接続情報ファイルの認証情報を平文に戻す']),
    (y) => withFiles(y, frame),
    (argv) => ends(import('../encrypt.js').then((m) => m.decrypt(context, argv))),
  );
};
