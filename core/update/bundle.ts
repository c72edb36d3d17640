/**
 * The form of an update: one file, `ksocket-A.B.C.D-PLATFORM.update`, with everything that is needed to judge it in front.
 *
 * ```text
 * KSOCKET-UPDATE-1 <bytes of the manifest> <bytes of the signatures>\n     ASCII, decimal numbers, one space between
 * <manifest>       JSON, UTF-8, at most 16 KiB; exactly these bytes are signed
 * <signatures>     JSON, at most 64 KiB: [{"key":"0123456789abcdef","signature":"BASE64 of 64 bytes"}, …], at most 32
 * <payload>        tar.gz to the end of the file: the content of one slot (slot.json, node/, app/) without a folder around it
 * ```
 *
 * Manifest: `{"format":1,"version":"3.1.0","platform":"linux-x86_64","size":N,"sha256":"…","releasedAt":"…","expires":"…",
 * "minVersion":"3.0.0"}`. `size` and `sha256` are those of the payload, times are ISO 8601 in UTC, `minVersion` (may be left
 * out) is the oldest version that can be updated in one step. After `expires` nobody installs it any more, so that a space
 * cannot keep agents on something old for ever by offering it as new (TUF's freeze attack). `slot.json` inside says the same
 * `version` and `platform` again.
 *
 * A signature is Ed25519 (RFC 8032) over `ksocket update manifest 1\n` and the bytes of the manifest; `key` is the start of
 * the SHA-256 of the public key (keys.ts). Signatures can be added later by other people on other machines; none of them
 * changes the manifest. Whatever is not covered by a signature, which is the first line and the list of signatures, decides
 * nothing but where the parts begin. Until a signature is verified, everything in the file is hostile.
 */
import { sign, verify } from 'node:crypto';
import { z } from 'zod';
import { failure } from '../contract/index.js';
import { platforms, versionText } from '../wire/index.js';
import { keyId, type PrivateKey, type PublicKey } from './keys.js';

export const bundleMagic = 'KSOCKET-UPDATE-1';
const signedPrefix = Buffer.from('ksocket update manifest 1\n');

const maxLineBytes = 64;
const maxManifestBytes = 16 * 1024;
const maxSignaturesBytes = 64 * 1024;
/** Enough to read everything in front of the payload. */
export const maxHeadBytes = maxLineBytes + maxManifestBytes + maxSignaturesBytes;
/** A slot is some 60 MB as tar.gz; a gigabyte is a mistake or an attack. */
const maxPayloadBytes = 1024 ** 3;
export const maxBundleBytes = maxHeadBytes + maxPayloadBytes;

const time = z.iso.datetime();

export const manifestSchema = z.strictObject({
  format: z.literal(1),
  version: versionText,
  platform: z.enum(platforms),
  size: z.number().int().min(1).max(maxPayloadBytes),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  releasedAt: time,
  expires: time,
  minVersion: versionText.optional(),
});
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

/** Base64 has several spellings of the last bits; only one of them is taken, so that a bundle has one form. */
const signatureText = z
  .string()
  .regex(/^[A-Za-z0-9+/]{86}==$/)
  .refine((text) => Buffer.from(text, 'base64').toString('base64') === text);
const signaturesSchema = z
  .array(z.strictObject({ key: z.string().regex(/^[0-9a-f]{16}$/), signature: signatureText }))
  .max(32);
export type Signature = Readonly<z.infer<typeof signaturesSchema>[number]>;

/** What stands in front of the payload. Well-formed, and as yet believed by nobody. */
export interface Head {
  readonly manifest: Manifest;
  /** The bytes that are signed. */
  readonly manifestBytes: Buffer;
  readonly signatures: readonly Signature[];
  /** Where the payload begins. */
  readonly payloadAt: number;
}

/**
 * @param bytes the start of the file, at least as much as `maxHeadBytes` or all of it
 * @throws Failure E_UPDATE when it is no bundle
 */
export function parseHead(bytes: Buffer): Head {
  const end = bytes.subarray(0, maxLineBytes).indexOf('\n');
  const line = /^KSOCKET-UPDATE-1 ([1-9]\d{0,5}) ([1-9]\d{0,5})$/.exec(
    bytes.subarray(0, Math.max(0, end)).toString('latin1'),
  );
  if (line === null) throw notABundle('it does not begin like one');
  const [manifestSize, signaturesSize] = [Number(line[1]), Number(line[2])];
  if (manifestSize > maxManifestBytes || signaturesSize > maxSignaturesBytes) throw notABundle('its head is too large');
  const manifestAt = end + 1;
  const signaturesAt = manifestAt + manifestSize;
  const payloadAt = signaturesAt + signaturesSize;
  if (bytes.length < payloadAt) throw notABundle('it is cut off');
  const manifestBytes = Buffer.from(bytes.subarray(manifestAt, signaturesAt));
  return {
    manifest: parsePart(manifestSchema, manifestBytes, 'manifest'),
    manifestBytes,
    signatures: parsePart(signaturesSchema, bytes.subarray(signaturesAt, payloadAt), 'list of signatures'),
    payloadAt,
  };
}

export function writeHead(manifestBytes: Buffer, signatures: readonly Signature[]): Buffer {
  const list = Buffer.from(JSON.stringify(signatures));
  return Buffer.concat([Buffer.from(`${bundleMagic} ${manifestBytes.length} ${list.length}\n`), manifestBytes, list]);
}

export function signManifest(manifestBytes: Buffer, key: PrivateKey): Signature {
  const signature = sign(null, Buffer.concat([signedPrefix, manifestBytes]), key.key).toString('base64');
  return { key: key.id, signature };
}

/** The keys, each once, that have signed this manifest. */
export function signedBy(head: Head, keys: readonly PublicKey[]): PublicKey[] {
  const message = Buffer.concat([signedPrefix, head.manifestBytes]);
  return keys.filter((key) =>
    head.signatures.some(
      ({ key: id, signature }) =>
        id === keyId(key.key) && verify(null, message, key.key, Buffer.from(signature, 'base64')),
    ),
  );
}

function parsePart<T>(schema: z.ZodType<T>, bytes: Buffer, part: string): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw notABundle(`its ${part} is no JSON`, error);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw notABundle(`its ${part}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
}

const notABundle = (why: string, cause?: unknown) =>
  failure('E_UPDATE', `this is no update bundle that can be used: ${why}`, {
    cause,
    remedy: 'fetch it again from where you got it',
  });
