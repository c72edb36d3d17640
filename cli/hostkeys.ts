/** `ksocket hostkeys …`: the keys of hosts, whichever plug-in keeps them. They can be changed while the agent runs. */
import { resolve } from 'node:path';
import { composePlugins } from '../core/container/compose-plugins.js';
import { tokens } from '../core/container/tokens.js';
import { type Address, asFailure, failure, type HostKey, type HostKeys, parseAddress } from '../core/contract/index.js';
import { becomeOwnerOf, readText, storageFailure } from '../core/runtime/index.js';
import { prepare, withWiring } from './agent.js';
import { type CommonOptions, type Context, UsageError } from './context.js';
import { type Language, say, type Text } from './language.js';
import { renderTable } from './table.js';

/** A company's known_hosts may be larger than a settings file. */
const mostBytes = 64 * 1024 * 1024;

type WithAddress = CommonOptions & { readonly address: string };

async function withStores<T>(
  context: Context,
  argv: CommonOptions,
  work: (stores: readonly HostKeys[]) => Promise<T>,
): Promise<T> {
  const { options } = await prepare(context, argv, true);
  becomeOwnerOf(options.home.lib);
  return withWiring(composePlugins(options), async (wiring) => {
    const { collectors } = wiring.get(tokens.roster);
    try {
      return await work(collectors.flatMap(({ parts }) => parts.hostKeys ?? []));
    } catch (error) {
      throw typeof (error as NodeJS.ErrnoException).code === 'string'
        ? storageFailure(error, `write below ${options.home.lib}`)
        : error;
    }
  });
}

export const listHostKeys = (context: Context, argv: CommonOptions): Promise<number> =>
  withStores(context, argv, async (stores) => {
    const keys = (await Promise.all(stores.map((it) => it.list()))).flat();
    return print(context, argv, keys, ['no host key is known', '既知のホスト鍵はありません']);
  });

export async function importHostKeys(
  context: Context,
  argv: CommonOptions & { readonly file: string },
): Promise<number> {
  // Root's word for it is needed no longer than for reading the file.
  const text = await readText(resolve(argv.file), mostBytes);
  return withStores(context, argv, async ([store]) => {
    if (store === undefined) throw failure('E_UNSUPPORTED', 'import host keys: no plug-in keeps any');
    const { added, skipped } = await store.import(text);
    if (argv.json) context.stdout.write(`${JSON.stringify({ added, skipped })}\n`);
    else {
      context.stdout.write(`${say(context.language, [`${added} keys added`, `鍵を ${added} 個追加しました`])}\n`);
      for (const line of skipped)
        context.stderr.write(`${say(context.language, [`left out, ${line}`, `対象外: ${line}`])}\n`);
    }
    return 0;
  });
}

export const approveHostKeys = (
  context: Context,
  argv: WithAddress & { readonly fingerprint?: string | undefined },
): Promise<number> =>
  withStores(context, argv, async (stores) => {
    const { address, port } = placeOf(argv.address);
    const isMeant = (it: HostKey) => it.state === 'refused' && it.address === address && (port ?? it.port) === it.port;
    const shown = (await Promise.all(stores.map((it) => it.list()))).flat().filter(isMeant);
    if (shown.length === 0)
      throw failure('E_INPUT', `${argv.address} has shown no key that was refused`, {
        remedy: 'scan it first; ksocket hostkeys list shows what was refused',
      });
    const other = shown.find((it) => argv.fingerprint !== undefined && it.fingerprint !== argv.fingerprint);
    if (other !== undefined)
      throw failure('E_INPUT', `${argv.address} shows ${other.fingerprint}, not ${argv.fingerprint}`, {
        remedy: 'find out who answers there before you approve it',
      });
    const approved = (await Promise.all(stores.map((it) => it.approve(address, port)))).flat();
    return print(context, argv, approved, ['nothing was approved', '承認した鍵はありません']);
  });

export const forgetHostKeys = (context: Context, argv: WithAddress): Promise<number> =>
  withStores(context, argv, async (stores) => {
    const { address, port } = placeOf(argv.address);
    const gone = (await Promise.all(stores.map((it) => it.forget(address, port)))).flat();
    if (gone.length === 0)
      throw failure('E_INPUT', `no key of ${argv.address} is known`, {
        remedy: 'ksocket hostkeys list shows what is known',
      });
    return print(context, argv, gone, ['', '']);
  });

function placeOf(text: string): { address: Address; port: number | undefined } {
  const [, inner = text, port] = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text) ?? [];
  try {
    return { address: parseAddress(inner), port: port === undefined ? undefined : Number(port) };
  } catch (error) {
    throw new UsageError(asFailure(error, 'read an address').sentence);
  }
}

const states: Readonly<Record<HostKey['state'], Text>> = {
  known: ['known', '既知'],
  revoked: ['revoked', '失効'],
  refused: ['refused, waits for approval', '拒否 (承認待ち)'],
};

function print({ language, stdout }: Context, { json }: CommonOptions, keys: readonly HostKey[], none: Text): number {
  if (json) stdout.write(`${JSON.stringify(keys, null, 2)}\n`);
  else stdout.write(`${keys.length === 0 ? say(language, none) : table(language, keys)}\n`);
  return 0;
}

function table(language: Language, keys: readonly HostKey[]): string {
  // Most have no hosts behind hops, and need no column for them.
  const isThrough = keys.some((it) => it.via !== undefined);
  const titles: readonly Text[] = [
    ['ADDRESS', 'アドレス'],
    ['PORT', 'ポート'],
    ...(isThrough ? [['THROUGH', '経由'] as const] : []),
    ['TYPE', '種類'],
    ['FINGERPRINT', 'フィンガープリント'],
    ['STATE', '状態'],
  ];
  const rows = keys.map((it) => [
    it.address ?? say(language, ['(hashed)', '(ハッシュ)']),
    String(it.port ?? ''),
    ...(isThrough ? [it.via?.join(' → ') ?? ''] : []),
    it.type,
    it.fingerprint,
    say(language, states[it.state]),
  ]);
  return renderTable(
    titles.map((title) => ({ title: say(language, title) })),
    rows,
  );
}
