/** `ksocket update keygen NAME`: a pair of keys for whoever releases updates. Made on a machine that is not on the network, best. */
import { generateKeyPairSync } from 'node:crypto';
import { open } from 'node:fs/promises';
import { failure } from '../../core/contract/index.js';
import { parsePublicKey } from '../../core/update/index.js';
import type { CommonOptions, Context } from '../context.js';
import { say } from '../language.js';

export const passphraseVariable = 'KSOCKET_UPDATE_PASSPHRASE';

export async function keygen(context: Context, argv: CommonOptions & { name: string }): Promise<number> {
  const passphrase = context.env[passphraseVariable];
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const sealed = passphrase ? { cipher: 'aes-256-cbc', passphrase } : {};
  const [privateFile, publicFile] = [`${argv.name}.key`, `${argv.name}.pem`];
  const publicPem = String(publicKey.export({ type: 'spki', format: 'pem' }));
  await create(privateFile, String(privateKey.export({ type: 'pkcs8', format: 'pem', ...sealed })), 0o600);
  await create(publicFile, publicPem, 0o644);
  const { id } = parsePublicKey(publicPem, argv.name, publicFile);
  const encrypted = Boolean(passphrase);
  context.stdout.write(
    argv.json
      ? `${JSON.stringify({ id, privateFile, publicFile, encrypted })}\n`
      : `${id}\n${say(context.language, encrypted ? sealedText(privateFile) : openText(privateFile))}\n`,
  );
  return 0;
}

const sealedText = (file: string) =>
  [
    `${file} is encrypted with the passphrase; keep both offline`,
    `${file} はパスフレーズで暗号化されています。両方をオフラインで保管してください`,
  ] as const;
const openText = (file: string) =>
  [
    `${file} is not encrypted; keep it offline, or set ${passphraseVariable} and make another`,
    `${file} は暗号化されていません。オフラインで保管するか、${passphraseVariable} を設定して作り直してください`,
  ] as const;

/** Never over a key that is there. */
async function create(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode).catch((cause: NodeJS.ErrnoException) => {
    throw failure('E_INPUT', `${path} cannot be made: ${cause.code === 'EEXIST' ? 'it exists' : cause.code}`, {
      cause,
      remedy: 'name another file',
    });
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
