/** `ksocket update sign FILE`: a bundle of the tar.gz of a slot, or one more signature on a bundle that others have signed. */
import { open } from 'node:fs/promises';
import { failure } from '../../core/contract/index.js';
import { readText } from '../../core/runtime/index.js';
import { addSignatures, bundleMagic, type PrivateKey, parsePrivateKey, writeBundle } from '../../core/update/index.js';
import { type Platform, platforms } from '../../core/wire/index.js';
import { type CommonOptions, type Context, UsageError } from '../context.js';
import { passphraseVariable } from './keygen.js';

export interface SignOptions extends CommonOptions {
  readonly file: string;
  readonly key: readonly string[];
  readonly release?: string | undefined;
  readonly platform?: string | undefined;
  readonly expires?: string | undefined;
  readonly minVersion?: string | undefined;
  readonly output?: string | undefined;
}

export async function sign(context: Context, argv: SignOptions): Promise<number> {
  const keys: PrivateKey[] = [];
  for (const path of argv.key)
    keys.push(parsePrivateKey(await readText(path, 16 * 1024), path, context.env[passphraseVariable]));
  const isBundle = (await startOf(argv.file)) === bundleMagic;
  const output = argv.output ?? (isBundle ? argv.file : undefined);
  const { manifest, file } = isBundle
    ? { manifest: await addSignatures(argv.file, keys, output!), file: output! }
    : await make(argv, keys, output);
  const report = { file, ...manifest, keys: keys.map(({ id }) => id) };
  context.stdout.write(argv.json ? `${JSON.stringify(report)}\n` : `${file}\n`);
  return 0;
}

async function make(
  { file, release, platform, expires, minVersion }: SignOptions,
  keys: readonly PrivateKey[],
  output?: string,
) {
  if (release === undefined || platform === undefined || expires === undefined)
    throw new UsageError('a new bundle needs --release, --platform and --expires');
  if (!(platforms as readonly string[]).includes(platform))
    throw new UsageError(`--platform is one of ${platforms.join(', ')}`);
  const until = Date.parse(expires);
  if (Number.isNaN(until)) throw new UsageError(`--expires ${expires} is no date; write 2027-03-31`);
  const target = output ?? `ksocket-${release}-${platform}.update`;
  const manifest = await writeBundle(
    file,
    {
      version: release,
      platform: platform as Platform,
      releasedAt: isoSeconds(Date.now()),
      expires: isoSeconds(until),
      ...(minVersion === undefined ? {} : { minVersion }),
    },
    keys,
    target,
  );
  return { manifest, file: target };
}

const isoSeconds = (at: number): string => new Date(at).toISOString();

async function startOf(path: string): Promise<string> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw failure('E_INPUT', `${path} cannot be read: ${cause.code}`, { cause });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bundleMagic.length), 0, bundleMagic.length, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}
