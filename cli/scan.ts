/** `ksocket scan [TARGET…]`: one scan here and now, without a space. */
import { writeFile } from 'node:fs/promises';
import { composeCore } from '../core/container/compose-core.js';
import { assembleNodes } from '../core/inventory/index.js';
import type { ScanRecordOf } from '../core/wire/index.js';
import { prepare, withWiring } from './agent.js';
import { type CommonOptions, type Context, UsageError } from './context.js';
import { say, type Text } from './language.js';
import { type Format, renderReport, type ScanReport } from './nodes.js';
import { readInput, runScan } from './operation.js';

export interface ScanOptions extends CommonOptions {
  readonly target?: string[] | undefined;
  readonly format?: string | undefined;
  readonly output?: string | undefined;
  readonly allow?: string[] | undefined;
  readonly deny?: string[] | undefined;
  readonly mode?: string | undefined;
  readonly rate?: number | undefined;
  readonly collect: boolean;
}

const cancelled: Text = [
  'ksocket scan: cancelled; this is what was found until then',
  'ksocket scan: 中断されました。ここまでに見つかったものだけです',
];

export async function scan(context: Context, argv: ScanOptions): Promise<number> {
  // An empty word is an unset variable of a script; it must not turn into a scan of everything around.
  const targets = (argv.target ?? []).flatMap((t) => t.split(','));
  if (targets.includes('')) throw new UsageError('an empty target; leave it out to scan the neighbourhood');
  if (argv.rate !== undefined && !(Number.isInteger(argv.rate) && argv.rate > 0)) {
    throw new UsageError('--rate is packets a second, a whole number above 0');
  }
  const input = readInput({
    start: targets,
    // Named targets are all that is meant; what else hosts know of is followed only where --allow says so.
    allow: argv.allow ?? targets,
    deny: argv.deny ?? [],
    collect: argv.collect,
    ...(argv.rate === undefined ? {} : { maxPacketRate: argv.rate }),
  });
  const format = (argv.format ?? (argv.json ? 'json' : 'table')) as Format;
  const { options, warnings } = await prepare(context, argv, true, (settings) =>
    argv.mode === undefined
      ? settings
      : {
          ...settings,
          operations: {
            ...settings.operations,
            networksScanMode: argv.mode as typeof settings.operations.networksScanMode,
          },
        },
  );
  for (const warning of warnings) context.stderr.write(`ksocket scan: ${warning}\n`);
  const report = await withWiring(composeCore(options), async (wiring): Promise<ScanReport> => {
    const { records, cancelled } = await runScan(context, wiring, input, argv.json);
    return {
      nodes: assembleNodes(records),
      summary: records.find((r): r is ScanRecordOf<'summary'> => r.type === 'summary'),
      findings: records.filter((r): r is ScanRecordOf<'finding'> => r.type === 'finding'),
      cancelled,
    };
  });
  const width = argv.output === undefined && context.stdout.isTTY ? context.stdout.columns : 0;
  const text = renderReport(report, format, context.language, width);
  if (argv.output === undefined) context.stdout.write(text);
  else {
    await writeFile(argv.output, text);
    context.stderr.write(
      `${say(context.language, [`${report.nodes.length} nodes written to ${argv.output}`, `ノード ${report.nodes.length} 台を ${argv.output} に書き出しました`])}\n`,
    );
  }
  // The table says it itself; whoever reads data must not take a part for the whole.
  if (report.cancelled && format !== 'table') context.stderr.write(`${say(context.language, cancelled)}\n`);
  return report.cancelled ? 1 : 0;
}
