/**
 * `ksocket encrypt FILE…` and `ksocket decrypt FILE…`: the secrets in credential files, field by field. A file that cannot be changed is
 * told and left as it was; the others are changed all the same.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { expandHome, findHome, readSettings } from '../core/config/index.js';
import { importPlugins } from '../core/container/plugins.js';
import { asFailure, type Collector, type Failure, failure } from '../core/contract/index.js';
import {
  type Changed,
  checkMode,
  type Keyring,
  keyringOf,
  keysUsedIn,
  readers,
  type SealParts,
  sealText,
  searchOrder,
  unsealText,
} from '../core/credentials/index.js';
import { readText, removeStaleDrafts, storing, systemRandom, versionOf, writeAtomic } from '../core/runtime/index.js';
import { type CommonOptions, type Context, UsageError } from './context.js';
import { forgetOldKeys } from './forget-keys.js';
import { say, type Text } from './language.js';
import { printable } from './printable.js';

interface FileOptions extends CommonOptions {
  readonly files?: readonly string[] | undefined;
  readonly collector?: string | undefined;
}

interface Place {
  readonly keyring: Keyring;
  /** etc/ksocket/credentials, without links. */
  readonly credentials: string;
  readonly collectors: readonly Collector[];
}

/** What became of one file. */
interface Result {
  readonly file: string;
  readonly changed: number;
  readonly linesInClear?: readonly number[];
  readonly fault?: Failure;
}

type Change = (path: string, text: string, parts: SealParts) => Promise<Changed>;

/** What is written in clear text needs no key that somebody could take away meanwhile. */
const needsKey = (change: Change): boolean => change !== unsealText;

interface KeyOptions {
  readonly newKey: boolean;
  readonly forgetOldKeys: boolean;
}

export async function encrypt(context: Context, argv: FileOptions & KeyOptions): Promise<number> {
  const place = await placeOf(context);
  if (argv.forgetOldKeys) {
    if (argv.files?.length || argv.newKey) throw new UsageError('--forget-old-keys takes no files and no --new-key');
    return forgetOldKeys(context, argv, place.credentials, place.keyring);
  }
  if (!argv.newKey) {
    if (!argv.files?.length) throw new UsageError('name the credential files to encrypt');
    return report(context, argv, await changeAll(place, argv, argv.files, sealText), ['encrypted', '暗号化しました']);
  }
  const { keyring } = place;
  // Before the key: where they cannot be found there is no reason for another.
  const files = argv.files?.length ? argv.files : await allFiles(place);
  await keyring.renew(systemRandom);
  const results = await changeAll(place, argv, files, async (path, text, parts) =>
    keysUsedIn(text).length === 0 && !argv.files?.length
      ? { text, count: 0, linesInClear: [] }
      : sealText(path, text, parts, true),
  );
  const code = report(context, argv, results, ['encrypted with the new key', '新しい鍵で暗号化しました']);
  // A backup, a file elsewhere, a volume that is not mounted: they still need it, and cannot be seen from here.
  const kept: Text = [
    `the earlier keys are kept in ${keyring.file}; "ksocket encrypt --forget-old-keys" takes them away`,
    `以前の鍵は ${keyring.file} に残っています。「ksocket encrypt --forget-old-keys」で削除できます`,
  ];
  if (!argv.json) context.stdout.write(`${printable(say(context.language, kept))}\n`);
  return code;
}

export async function decrypt(context: Context, argv: FileOptions): Promise<number> {
  if (!argv.files?.length) throw new UsageError('name the credential files to decrypt');
  const results = await changeAll(await placeOf(context), argv, argv.files, unsealText);
  return report(context, argv, results, ['decrypted', '復号しました']);
}

async function placeOf({ env }: Context): Promise<Place> {
  const home = findHome(env);
  const { settings } = await readSettings(home, { optional: true });
  const folder = expandHome(settings.directories.credentials, home);
  const plugins = await importPlugins();
  return {
    keyring: keyringOf(home),
    credentials: await realpath(folder).catch(() => folder),
    collectors: plugins.filter((it): it is Collector => it.kind === 'collector'),
  };
}

const allFiles = async ({ credentials, collectors }: Place): Promise<string[]> => {
  await readdir(credentials).catch((cause: NodeJS.ErrnoException) => {
    throw failure('E_INPUT', `the folder of credential files, ${credentials}, cannot be read: ${cause.code}`, {
      cause,
      remedy: 'is its volume mounted?',
    });
  });
  const names = collectors.map((it) => it.name).sort();
  // A collector without a folder has no files.
  const found = names.map(async (it) =>
    (await searchOrder(join(credentials, it), { all: true })).map((name) => join(credentials, it, name)),
  );
  return (await Promise.all(found)).flat();
};

async function changeAll(place: Place, argv: FileOptions, files: readonly string[], change: Change): Promise<Result[]> {
  const results: Result[] = [];
  for (const file of files) {
    try {
      const path = await realpath(file).catch((cause: unknown) => {
        throw failure('E_INPUT', `${file} does not exist`, { cause });
      });
      const work = (keyring: Keyring) => changeFile({ ...place, keyring }, argv, path, change);
      results.push({ file, ...(await (needsKey(change) ? place.keyring.alone(work) : work(place.keyring))) });
    } catch (error) {
      results.push({ file, changed: 0, fault: asFailure(error, `change ${file}`) });
    }
  }
  return results;
}

async function changeFile(
  place: Place,
  { collector: name }: FileOptions,
  path: string,
  change: Change,
): Promise<Omit<Result, 'file'>> {
  const before = await stat(path);
  await storing(`tidy up beside ${path}`, () => removeStaleDrafts(path));
  // What others may read does not get a secret in clear text.
  if (!needsKey(change)) checkMode(path, before, await readers(place.credentials));
  const parts = { collector: collectorFor(place, path, name), keyring: place.keyring, random: systemRandom };
  const version = await versionOf(path);
  const { text, count, linesInClear } = await change(path, await readText(path), parts);
  if (count === 0) return { changed: 0, linesInClear };
  if (before.nlink > 1)
    throw failure('E_INPUT', `${path} has another name, under which it would stay as it is`, {
      remedy: `find the other one and remove it: find / -xdev -inum ${before.ino}`,
    });
  // Somebody has it open in an editor.
  if ((await versionOf(path)) !== version)
    throw failure('E_INPUT', `${path} was changed meanwhile`, { remedy: 'run the command again' });
  await storing(`write ${path}`, () => writeAtomic(path, text, before.mode & 0o777, { attributes: true }));
  return { changed: count, linesInClear };
}

/** A secret is bound to the collector that it is for, and that is the folder in which its file is. */
function collectorFor({ credentials, collectors }: Place, path: string, asked: string | undefined): Collector {
  const below = relative(credentials, path);
  const name = asked ?? (below.startsWith('..') ? undefined : below.split(sep)[0]);
  const found = collectors.find((it) => it.name === name);
  if (found !== undefined) return found;
  const names = collectors.map((it) => it.name).join(', ');
  throw failure('E_INPUT', `${path} is in no folder of a collector below ${credentials}`, {
    remedy: `move it there, or say what it is for with --collector (${names})`,
  });
}

function report(context: Context, { json }: CommonOptions, results: readonly Result[], done: Text): number {
  const isOk = results.every(({ fault }) => fault === undefined);
  if (json) {
    const told = results.map(({ file, changed, linesInClear = [], fault }) => ({
      ...{ file, changed },
      ...(linesInClear.length === 0 ? {} : { linesInClear }),
      ...(fault === undefined ? {} : { code: fault.code, reason: fault.message, remedy: fault.remedy }),
    }));
    context.stdout.write(`${JSON.stringify({ ok: isOk, files: told }, null, 2)}\n`);
    return isOk ? 0 : 1;
  }
  for (const { file, changed, linesInClear = [], fault } of results) {
    const [en, ja] = done;
    const what: Text =
      changed === 0
        ? ['nothing to change', '変更する項目はありません']
        : [`${changed} ${changed === 1 ? 'secret' : 'secrets'} ${en}`, `${changed} 件を${ja}`];
    if (fault === undefined) context.stdout.write(`${printable(file)}: ${say(context.language, what)}\n`);
    else context.stderr.write(`${printable(fault.sentence)}\n`);
    const inClear: Text = [
      `a comment in line ${linesInClear.join(', ')} says in clear text what is encrypted: take it out`,
      `${linesInClear.join(', ')} 行目のコメントに、暗号化した認証情報が平文で残っています。削除してください`,
    ];
    if (linesInClear.length > 0) context.stderr.write(`${printable(file)}: ${say(context.language, inClear)}\n`);
  }
  return isOk ? 0 : 1;
}
