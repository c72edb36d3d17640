/** The words of `ksocket space update`. */
import type { Argv } from 'yargs';
import type { SpaceOptions } from '../space.js';
import type { Frame } from './command.js';

export function spaceUpdate<T extends SpaceOptions>(parser: Argv<T>, { context, text, ends }: Frame): Argv<T> {
  const load = () => import('../space-update.js');
  const release = {
    type: 'string',
    demandOption: true,
    describe: text(['Version, such as 3.1.0', 'バージョン (例: 3.1.0)']),
  } as const;
  return parser.command(
    'update',
    text(['Versions of the agent that are offered to slots', 'スロットに提供するエージェントの更新']),
    (y) =>
      y
        .command(
          'add <bundle>',
          text(['Take a bundle into the space', '更新ファイルをスペースに登録する']),
          (o) =>
            o.positional('bundle', {
              type: 'string',
              demandOption: true,
              describe: text(['File of the bundle', 'バンドルのファイル']),
            }),
          (argv) => ends(load().then((m) => m.add(context, argv))),
        )
        .command(
          'offer <release>',
          text(['Offer a version to all slots, or to some', '全スロットまたは一部のスロットに更新を提供する']),
          (o) =>
            o
              .positional('release', release)
              .option('slots', {
                type: 'string',
                array: true,
                requiresArg: true,
                describe: text(['Only these slots', '対象のスロット']),
              })
              .option('percent', {
                type: 'number',
                requiresArg: true,
                describe: text([
                  'Only so many in a hundred; a larger number widens it',
                  '対象の割合 (大きくすると対象が広がる)',
                ]),
              }),
          (argv) => ends(load().then((m) => m.offer(context, argv))),
        )
        .command(
          'halt <release>',
          text(['Take the offers of a version back', '更新の提供を停止する']),
          (o) => o.positional('release', release),
          (argv) => ends(load().then((m) => m.halt(context, argv))),
        )
        .command(
          'list',
          text(['Bundles, and what became of the offers', '登録済みの更新と提供の状況を表示する']),
          (o) => o,
          (argv) => ends(load().then((m) => m.list(context, argv))),
        )
        .demandCommand(
          1,
          text(['Name a command of ksocket space update', 'ksocket space update のコマンドを指定してください']),
        ),
  );
}
